#pragma once
#include <sys/types.h>

// Starts a program in a folder with three descriptors (-1: /dev/null) and no other, no signal ignored or blocked. Returns 0 or an error number.
int child_start(pid_t *id, const char *path, char *const arguments[], char *const environment[], const char *folder, const int descriptors[3]);

// A pipe whose ends no child inherits by itself. Returns 0 or an error number.
int child_pipe(int ends[2]);

// An open file without a name in a folder; -1 on failure.
int child_hidden_file(const char *folder);
