/*
** Runs every suite that the build found, or those named on the command line, and closes with
** `unit: N passed, N failed`. The exit code is 0 only when something ran and nothing failed.
*/
#include "unit.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

/* Written by the Makefile: one declaration and one list entry per tests/unit/test_*.c. */
#include "unit_suites.h"

static int is_wanted(const char *name, int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], name) == 0) {
      return 1;
    }
  }
  return argc < 2;
}

/* Returns the number of tests that could not be registered. */
static unsigned add_suite(const struct unit_suite *suite) {
  unsigned refused = 0;
  CU_pSuite added = CU_add_suite(suite->name, NULL, NULL);
  for (const struct unit_test *test = suite->tests; test->name != NULL; test++) {
    if (added == NULL || CU_add_test(added, test->name, test->run) == NULL) {
      printf("cannot register %s: %s\n", test->name, CU_get_error_msg());
      refused++;
    }
  }
  return refused;
}

int main(int argc, char **argv) {
  unsigned failed = 0;
  if (CU_initialize_registry() != CUE_SUCCESS) {
    return 2;
  }
  for (size_t i = 0; unit_suites[i] != NULL; i++) {
    if (is_wanted(unit_suites[i]->name, argc, argv)) {
      failed += add_suite(unit_suites[i]);
    }
  }
  CU_basic_set_mode(CU_BRM_NORMAL);
  if (CU_basic_run_tests() != CUE_SUCCESS) {
    failed++;
  }
  /* A suite that cannot start fails none of its tests, so both are counted. */
  const unsigned ran = CU_get_number_of_tests_run();
  const unsigned broken = CU_get_number_of_tests_failed();
  failed += broken + CU_get_number_of_suites_failed();
  CU_cleanup_registry();
  printf("unit: %u passed, %u failed\n", ran - broken, failed);
  return ran == 0 || failed != 0;
}
