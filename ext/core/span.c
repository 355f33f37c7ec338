#include "core/span.h"

/* Of a span's width in milliseconds: 1, 4.1 s, 17 minutes, 3.1 days, 2.2 years. */
static const int width_bits[SPAN_LEVELS] = {0, 12, 20, 28, 36};

int64_t span_begin(int level, int64_t at_ms) {
  int64_t width = INT64_C(1) << width_bits[level];
  int64_t inside = at_ms % width;
  if (inside < 0) inside += width;
  return at_ms - inside; /* the least integer begins a span of every level */
}

/*
** A level reaches back to where the span of the level above begins, where that level takes over;
** the last one reaches back without end.
*/
void spans_before(int64_t at_ms, struct span_range ranges[SPAN_LEVELS]) {
  int64_t to_ms = at_ms;
  for (int level = 0; level < SPAN_LEVELS; level++) {
    int64_t from_ms = level + 1 < SPAN_LEVELS ? span_begin(level + 1, at_ms) : INT64_MIN;
    ranges[level] = (struct span_range){from_ms, to_ms};
    to_ms = from_ms;
  }
}
