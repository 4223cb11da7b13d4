#ifndef CTIFF_H
#define CTIFF_H

#include <stdint.h>

// What is needed of libtiff, whose functions take arguments of any number and kind; none of its messages goes anywhere but to the caller.

typedef struct ctiff ctiff;

typedef struct {
  uint32_t width, height;
  // Samples of a pixel, bits of a sample.
  uint16_t samples, bits;
  // 1: unsigned, 2: signed, 3: float.
  uint16_t format;
  // 0: grey from white on, 1: grey from black on, 2: RGB.
  uint16_t photometric;
  // 1: the samples of a pixel beside each other.
  uint16_t planar;
  uint16_t compression, orientation;
  // Samples beside grey or the colours, and what the first of them is: 0: not said, 1: alpha in the colours already, 2: alpha.
  uint16_t extras, extra;
  // 0 of files in strips.
  uint32_t tile_width, tile_height;
  // The file has more pictures than one.
  int more;
} ctiff_header;

// A descriptor that stays open. NULL where there is no memory or the file is no TIFF; then `message` tells.
ctiff *ctiff_open(int descriptor, int writes, char *message, int count);
// Closes the file; 0 if all was well.
int ctiff_close(ctiff *file);
// The words for what was wrong at last.
const char *ctiff_message(const ctiff *file);

int ctiff_read_header(ctiff *file, ctiff_header *header);
const unsigned char *ctiff_profile(ctiff *file, uint32_t *count);
long ctiff_row_bytes(ctiff *file);
long ctiff_tile_bytes(ctiff *file);
int ctiff_read_row(ctiff *file, void *row, uint32_t number);
// The tile that has this pixel.
int ctiff_read_tile(ctiff *file, void *tile, uint32_t column, uint32_t row);

// Of the header: size, samples, bits, orientation, extras.
int ctiff_write_header(ctiff *file, const ctiff_header *header, const unsigned char *profile, uint32_t count);
int ctiff_write_row(ctiff *file, void *row, uint32_t number);

#endif
