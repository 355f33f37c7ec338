#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *notes;

/* The value after a colon in the first line that begins with the name. */
static void read_line(const char *path, const char *name, char *value, size_t size) {
  char line[256];
  FILE *file = fopen(path, "r");
  snprintf(value, size, "unknown");
  while (file && fgets(line, sizeof(line), file)) {
    char *colon = strchr(line, ':');
    if (strncmp(line, name, strlen(name)) != 0 || !colon) continue;
    colon[strcspn(colon, "\n")] = 0;
    snprintf(value, size, "%s", colon + 2);
    break;
  }
  if (file) fclose(file);
}

void report_begin(const struct bench *bench) {
  char model[128];
  read_line("/proc/cpuinfo", "model name", model, sizeof(model));
  printf(
      "billing %s · SQLite %s · %s, %ld cores · %lld usage rows · WAL, synchronous NORMAL,"
      " cache %d MiB · medians of %d rounds\n\n",
      bench->version, sqlite3_libversion(), model, sysconf(_SC_NPROCESSORS_ONLN),
      (long long)bench->rows, CACHE_MIB, bench->rounds);
  printf(
      "| # | work | floor | work takes | floor takes | ratio (least – greatest) | goal | |\n"
      "|---|---|---|--:|--:|--:|--:|---|\n");
}

static const char *in_units(double nanoseconds, char text[32]) {
  static const char *const units[] = {"ns", "µs", "ms", "s"};
  int unit = 0;
  while (nanoseconds >= 1000 && unit < 3) {
    nanoseconds /= 1000;
    unit++;
  }
  snprintf(text, 32, "%.3g %s", nanoseconds, units[unit]);
  return text;
}

static const char *verdict(double value, double most) {
  if (most == 0) return "";
  return (most > 0 ? value <= most : value >= -most) ? "✓" : "✗";
}

static const char *goal(double most, const char *unit, char text[32]) {
  text[0] = 0;
  if (most != 0) snprintf(text, 32, "%s %g%s", most > 0 ? "≤" : "≥", fabs(most), unit);
  return text;
}

void report_ratio(const struct bench *bench, const char *figure, const char *work,
                  const char *floor, const struct side *side, const struct side *base,
                  double most) {
  double ratios[MAX_ROUNDS], least = INFINITY, greatest = 0, ratio;
  char side_time[32], base_time[32], goal_text[32];
  if (bench->only) return;
  for (int i = 0; i < bench->rounds; i++) {
    ratios[i] = side->nanoseconds[i] / base->nanoseconds[i];
    if (most < 0) ratios[i] = 1 / ratios[i];
    least = fmin(least, ratios[i]);
    greatest = fmax(greatest, ratios[i]);
  }
  ratio = median_of(ratios, bench->rounds);
  printf("| %s | %s | %s | %s | %s | **%.3g** (%.3g – %.3g) | %s | %s |\n", figure, work, floor,
         in_units(time_of(bench, side), side_time), in_units(time_of(bench, base), base_time),
         ratio, least, greatest, goal(most, "×", goal_text), verdict(ratio, most));
  fflush(stdout);
}

void report_value(const char *figure, const char *work, const char *what, double value,
                  const char *unit, double most) {
  char goal_text[32];
  printf("| %s | %s | %s | | | **%.3g**%s | %s | %s |\n", figure, work, what, value, unit,
         goal(most, unit, goal_text), verdict(value, most));
  fflush(stdout);
}

void report_note(const char *format, ...) {
  va_list arguments;
  char *note, *longer;
  va_start(arguments, format);
  note = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  longer = sqlite3_mprintf("%s- %s\n", notes ? notes : "", note);
  sqlite3_free(note);
  sqlite3_free(notes);
  notes = longer;
}

void report_end(void) {
  if (notes) printf("\n%s", notes);
  sqlite3_free(notes);
}
