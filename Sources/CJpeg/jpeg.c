#include "CJpeg.h"

#pragma STDC FP_CONTRACT OFF

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#define BLOCK 16384
// Of a progressive picture, whose coefficients are all held in memory.
#define MOST_BYTES (1L << 29)
// Of a progressive picture: each goes over all of it, and takes few bytes if it means harm.
#define MOST_SCANS 200
// Before the first row: profile and EXIF are kept in memory.
#define MOST_HEADER_BYTES (1L << 26)

struct cjpeg_reader {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf out;
  int code;
  char message[JMSG_LENGTH_MAX];
  cjpeg_fill fill;
  void *user;
  unsigned char block[BLOCK];
  JOCTET *profile;
  unsigned int profile_count;
  int profile_is_damaged;
  int is_in_header;
  long header_bytes;
};

static void leave(cjpeg_reader *reader, int code) {
  reader->code = code;
  longjmp(reader->out, 1);
}

static void fail(j_common_ptr info) {
  cjpeg_reader *reader = info->client_data;
  info->err->format_message(info, reader->message);
  int code = info->err->msg_code;
  leave(reader, code == JERR_NO_BACKING_STORE || code == JERR_OUT_OF_MEMORY || code == JERR_IMAGE_TOO_BIG ? CJPEG_TOO_LARGE : CJPEG_DAMAGED);
}

// The library goes on past damage with a warning, and makes up what is missing.
static void warn(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
    case JWRN_BOGUS_ICC:
      ((cjpeg_reader *)info->client_data)->profile_is_damaged = 1;
      break;
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_JPEG_EOF:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_ARITH_BAD_CODE:
      fail(info);
  }
}

static void say_nothing(j_common_ptr info) { (void)info; }

static void begin_source(j_decompress_ptr info) { (void)info; }

static boolean fill_buffer(j_decompress_ptr info) {
  cjpeg_reader *reader = info->client_data;
  long count = reader->fill(reader->user, reader->block, BLOCK);
  if (count <= 0) leave(reader, CJPEG_CUT);
  reader->header_bytes += count;
  if (reader->is_in_header && reader->header_bytes > MOST_HEADER_BYTES) {
    snprintf(reader->message, sizeof reader->message, "more than %ld bytes before its pixels", MOST_HEADER_BYTES);
    leave(reader, CJPEG_TOO_LARGE);
  }
  info->src->next_input_byte = reader->block;
  info->src->bytes_in_buffer = (size_t)count;
  return TRUE;
}

static void skip_bytes(j_decompress_ptr info, long count) {
  while (count > (long)info->src->bytes_in_buffer) {
    count -= (long)info->src->bytes_in_buffer;
    fill_buffer(info);
  }
  if (count > 0) {
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= (size_t)count;
  }
}

static void watch_scans(j_common_ptr info) {
  cjpeg_reader *reader = info->client_data;
  if (reader->info.input_scan_number > MOST_SCANS) {
    snprintf(reader->message, sizeof reader->message, "more than %d scans", MOST_SCANS);
    leave(reader, CJPEG_TOO_LARGE);
  }
}

cjpeg_reader *cjpeg_new(cjpeg_fill fill, void *user) {
  cjpeg_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  reader->fill = fill;
  reader->user = user;
  reader->info.err = jpeg_std_error(&reader->errors);
  reader->errors.error_exit = fail;
  reader->errors.emit_message = warn;
  reader->errors.output_message = say_nothing;
  reader->info.client_data = reader;
  if (setjmp(reader->out)) {
    jpeg_destroy_decompress(&reader->info);
    free(reader);
    return NULL;
  }
  jpeg_create_decompress(&reader->info);
  reader->info.client_data = reader;
  reader->info.mem->max_memory_to_use = MOST_BYTES;
  reader->source.init_source = begin_source;
  reader->source.fill_input_buffer = fill_buffer;
  reader->source.skip_input_data = skip_bytes;
  reader->source.resync_to_restart = jpeg_resync_to_restart;
  reader->source.term_source = begin_source;
  reader->info.src = &reader->source;
  reader->progress.progress_monitor = watch_scans;
  reader->info.progress = &reader->progress;
  return reader;
}

void cjpeg_free(cjpeg_reader *reader) {
  free(reader->profile);
  jpeg_destroy_decompress(&reader->info);
  free(reader);
}

int cjpeg_read_header(cjpeg_reader *reader, cjpeg_header *header) {
  if (setjmp(reader->out)) return reader->code;
  jpeg_save_markers(&reader->info, JPEG_APP0 + 1, 0xFFFF);
  jpeg_save_markers(&reader->info, JPEG_APP0 + 2, 0xFFFF);
  reader->is_in_header = 1;
  jpeg_read_header(&reader->info, TRUE);
  reader->is_in_header = 0;
  header->width = (int)reader->info.image_width;
  header->height = (int)reader->info.image_height;
  header->components = 0;
  if (reader->info.jpeg_color_space == JCS_GRAYSCALE) {
    header->components = 1;
    reader->info.out_color_space = JCS_GRAYSCALE;
  } else if (reader->info.jpeg_color_space == JCS_YCbCr || reader->info.jpeg_color_space == JCS_RGB) {
    header->components = 3;
    reader->info.out_color_space = JCS_RGB;
  }
  if (!jpeg_read_icc_profile(&reader->info, &reader->profile, &reader->profile_count)) reader->profile = NULL;
  return CJPEG_OK;
}

const unsigned char *cjpeg_exif(cjpeg_reader *reader, long *count) {
  static const char name[6] = "Exif\0";
  for (jpeg_saved_marker_ptr marker = reader->info.marker_list; marker; marker = marker->next) {
    if (marker->marker == JPEG_APP0 + 1 && marker->data_length > sizeof name && !memcmp(marker->data, name, sizeof name)) {
      *count = (long)(marker->data_length - sizeof name);
      return marker->data + sizeof name;
    }
  }
  return NULL;
}

const unsigned char *cjpeg_profile(cjpeg_reader *reader, long *count) {
  *count = reader->profile_count;
  return reader->profile;
}

int cjpeg_profile_is_damaged(const cjpeg_reader *reader) { return reader->profile_is_damaged; }

int cjpeg_start(cjpeg_reader *reader) {
  if (setjmp(reader->out)) return reader->code;
  jpeg_start_decompress(&reader->info);
  return CJPEG_OK;
}

int cjpeg_read_row(cjpeg_reader *reader, unsigned char *row) {
  if (setjmp(reader->out)) return reader->code;
  JSAMPROW rows[1] = {row};
  // Without an input that pauses a row always comes.
  return jpeg_read_scanlines(&reader->info, rows, 1) == 1 ? CJPEG_OK : CJPEG_DAMAGED;
}

// Surplus data are damage: a changed bit makes codes shorter and leaves some over, and the pixels are wrong from there on, often with no other sign.
// But some cameras fill up with zeros behind the last row; those are passed over before the library counts them. What codes leave over is next to
// never all zeros. Of a picture in several scans the library reads all before the first row comes, and there zeros count as everything else.
static void skip_padding(cjpeg_reader *reader) {
  struct jpeg_decompress_struct *info = &reader->info;
  if (info->unread_marker || jpeg_input_complete(info)) return;
  for (;;) {
    if (!info->src->bytes_in_buffer) fill_buffer(info);
    if (*info->src->next_input_byte) return;
    info->src->next_input_byte++;
    info->src->bytes_in_buffer--;
  }
}

int cjpeg_finish(cjpeg_reader *reader) {
  if (setjmp(reader->out)) return reader->code;
  skip_padding(reader);
  jpeg_finish_decompress(&reader->info);
  return CJPEG_OK;
}

const char *cjpeg_message(const cjpeg_reader *reader) { return reader->message; }
