#include "fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 5 /* complaints of one test */

static const char *running;
static long fault;
static int passed, failed, complaints;

bool test_begin(const struct options *options, const char *name) {
  if (options->only && strncmp(name, options->only, strlen(options->only)) != 0) return false;
  running = name;
  fault = complaints = 0;
  return true;
}

void test_fault(long at) {
  fault = at;
}

void test_complain(const char *format, ...) {
  va_list arguments;
  if (complaints++ >= SHOWN) return;
  printf("  %s: %ld: ", running, fault);
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
}

void test_end(const char *format, ...) {
  va_list arguments;
  printf("%s %s: ", complaints ? "FAILED" : "ok", running);
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  if (complaints) printf("; %d complaints", complaints);
  printf("\n");
  fflush(stdout);
  if (complaints) {
    failed++;
  } else {
    passed++;
  }
}

int report_end(void) {
  printf("%d passed, %d failed\n", passed, failed);
  return failed > 0 || passed == 0;
}

void stop(const char *what, const char *why) {
  fflush(stdout);
  fprintf(stderr, "fault: %s: %s\n", what, why);
  exit(2);
}

long next_fault(const struct options *options, long at, long total) {
  long step = options->faults ? (total + options->faults - 1) / options->faults : 1;
  if (options->at) return at < options->at ? options->at : total + 1;
  return at + (step > 0 ? step : 1);
}
