/*
** Unit tests of ext/core, one suite per file.
**
** A file tests/unit/test_NAME.c defines `const struct unit_suite suite_NAME`; the Makefile finds it
** by its name and registers it, so a new file needs no edit anywhere else:
**
**   #include "unit.h"
**   static void adds(void) { CU_ASSERT_EQUAL(1 + 1, 2); }
**   static const struct unit_test tests[] = {{"adds", adds}, {NULL, NULL}};
**   const struct unit_suite suite_sums = {"sums", tests};
*/
#ifndef UNIT_H
#define UNIT_H

#include <CUnit/CUnit.h>
#include <stddef.h>

struct unit_test {
  const char *name;
  void (*run)(void);
};

struct unit_suite {
  const char *name;
  const struct unit_test *tests; /* ends with a NULL name */
};

#endif
