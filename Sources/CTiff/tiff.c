#include "CTiff.h"

#pragma STDC FP_CONTRACT OFF

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tiffio.h>

// What the library may allocate at a time for what a file says.
#define MOST_BYTES ((tmsize_t)1 << 28)

struct ctiff {
  TIFF *tiff;
  int failed;
  char message[256];
};

static int note(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  (void)module;
  ctiff *file = user;
  file->failed = 1;
  vsnprintf(file->message, sizeof file->message, format, arguments);
  return 1;
}

static int ignore(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff, (void)user, (void)module, (void)format, (void)arguments;
  return 1;
}

ctiff *ctiff_open(int descriptor, int writes, char *message, int count) {
  ctiff *file = calloc(1, sizeof *file);
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (file && options && own >= 0) {
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, MOST_BYTES);
    TIFFOpenOptionsSetErrorHandlerExtR(options, note, file);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ignore, file);
    // Without memory mapping: a file that becomes shorter while it is read must not end the process.
    file->tiff = TIFFFdOpenExt(own, "", writes ? "w" : "rm", options);
  }
  if (options) TIFFOpenOptionsFree(options);
  if (file && file->tiff) return file;
  if (own >= 0) close(own);
  snprintf(message, (size_t)count, "%s", file && file->failed ? file->message : "it cannot be opened");
  free(file);
  return NULL;
}

int ctiff_close(ctiff *file) {
  file->failed = 0;
  TIFFClose(file->tiff);
  int failed = file->failed;
  free(file);
  return failed;
}

const char *ctiff_message(const ctiff *file) { return file->message; }

int ctiff_read_header(ctiff *file, ctiff_header *header) {
  TIFF *tiff = file->tiff;
  memset(header, 0, sizeof *header);
  uint16_t *extras = NULL;
  if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &header->width) || !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &header->height)) return 1;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &header->samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &header->bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &header->format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &header->planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &header->compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &header->orientation);
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &header->photometric)) header->photometric = PHOTOMETRIC_MINISBLACK;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &header->extras, &extras) && header->extras > 0 && extras) header->extra = extras[0];
  if (TIFFIsTiled(tiff) &&
      (!TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &header->tile_width) || !TIFFGetField(tiff, TIFFTAG_TILELENGTH, &header->tile_height) ||
       !header->tile_width || !header->tile_height))
    return 1;
  header->more = !TIFFLastDirectory(tiff);
  return 0;
}

const unsigned char *ctiff_profile(ctiff *file, uint32_t *count) {
  void *data = NULL;
  *count = 0;
  return TIFFGetField(file->tiff, TIFFTAG_ICCPROFILE, count, &data) ? data : NULL;
}

long ctiff_row_bytes(ctiff *file) { return TIFFScanlineSize(file->tiff); }
long ctiff_tile_bytes(ctiff *file) { return TIFFTileSize(file->tiff); }

int ctiff_read_row(ctiff *file, void *row, uint32_t number) {
  file->failed = 0;
  return TIFFReadScanline(file->tiff, row, number, 0) < 0 || file->failed;
}

int ctiff_read_tile(ctiff *file, void *tile, uint32_t column, uint32_t row) {
  file->failed = 0;
  return TIFFReadTile(file->tiff, tile, column, row, 0, 0) < 0 || file->failed;
}

int ctiff_write_header(ctiff *file, const ctiff_header *header, const unsigned char *profile, uint32_t count) {
  TIFF *tiff = file->tiff;
  int colours = header->samples - header->extras;
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, header->width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, header->height);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, header->samples);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, header->bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, colours == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, header->orientation);
  if (header->extras) {
    uint16_t extra = EXTRASAMPLE_UNASSALPHA;
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &extra);
  }
  if (count) TIFFSetField(tiff, TIFFTAG_ICCPROFILE, count, profile);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
  TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(tiff, 0));
  return file->failed;
}

int ctiff_write_row(ctiff *file, void *row, uint32_t number) {
  file->failed = 0;
  return TIFFWriteScanline(file->tiff, row, number, 0) < 0 || file->failed;
}
