#ifndef CJPEG_H
#define CJPEG_H

// Reads JPEG files row by row through libjpeg-turbo, whose errors are jumps: none of them leaves this file.

typedef struct cjpeg_reader cjpeg_reader;

typedef struct {
  int width, height;
  // 1: grey, 3: red, green, blue; 0: other colours, which are not read.
  int components;
} cjpeg_header;

// What a call came to.
enum { CJPEG_OK = 0, CJPEG_DAMAGED, CJPEG_CUT, CJPEG_TOO_LARGE };

// Gives up to `count` bytes; returns how many, 0 at the end or where reading failed.
typedef long (*cjpeg_fill)(void *user, unsigned char *target, long count);

// NULL where there is no memory.
cjpeg_reader *cjpeg_new(cjpeg_fill fill, void *user);
void cjpeg_free(cjpeg_reader *reader);

// Reads all before the samples.
int cjpeg_read_header(cjpeg_reader *reader, cjpeg_header *header);
// The bytes of the EXIF block behind its name, and of the ICC profile, which is freed with the reader; NULL where there is none. After the header.
const unsigned char *cjpeg_exif(cjpeg_reader *reader, long *count);
const unsigned char *cjpeg_profile(cjpeg_reader *reader, long *count);
// There is an ICC profile in parts that do not fit together; it is not given.
int cjpeg_profile_is_damaged(const cjpeg_reader *reader);
// Makes ready for rows. A progressive picture is read as a whole.
int cjpeg_start(cjpeg_reader *reader);
// The next row; `row` has room for width times components bytes.
int cjpeg_read_row(cjpeg_reader *reader, unsigned char *row);
// Reads what follows the last row.
int cjpeg_finish(cjpeg_reader *reader);
// The library's words for what was wrong.
const char *cjpeg_message(const cjpeg_reader *reader);

#endif
