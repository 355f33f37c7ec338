#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Callgrind counts what happens in here, and nothing else: --toggle-collect=measured */
__attribute__((noinline)) void measured(void (*run)(void *), void *context);
void measured(void (*run)(void *), void *context) {
  run(context);
  __asm__ volatile("" ::: "memory"); /* no tail call: the function has to be left after run() */
}

static void run_side(struct side *side, int round) {
  double began;
  if (side->prepare) side->prepare(side->context);
  began = now_ns();
  measured(side->run, side->context);
  side->nanoseconds[round] = (now_ns() - began) / (double)side->count;
  if (side->finish) side->finish(side->context);
}

static int compare_doubles(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

double median_of(const double *values, int count) {
  double sorted[MAX_ROUNDS];
  memcpy(sorted, values, (size_t)count * sizeof(double));
  qsort(sorted, (size_t)count, sizeof(double), compare_doubles);
  return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

double time_of(const struct bench *bench, const struct side *side) {
  return median_of(side->nanoseconds, bench->rounds);
}

bool plays(const struct bench *bench, const char *name) {
  return !bench->only || strcmp(bench->only, name) == 0;
}

void compare(const struct bench *bench, struct side *sides, int count) {
  for (int round = 0; round < bench->rounds; round++) {
    for (int i = 0; i < count; i++) {
      struct side *side = &sides[round % 2 ? count - 1 - i : i];
      if (plays(bench, side->name)) run_side(side, round);
    }
  }
  for (int i = 0; i < count; i++) {
    fprintf(stderr, "bench: %-24s %12.1f ns a piece, %lld pieces\n", sides[i].name,
            time_of(bench, &sides[i]), (long long)sides[i].count);
  }
}
