/*
** fault [--extension F] [--folder F] [--only NAME] [--faults N] [--at N] [--kills N] [--seed N]
**
** --faults 0 tries all. A complaint names its test and the fault: --only NAME --at N tries it
** alone.
*/
#include <stdlib.h>
#include <string.h>

#include "fault.h"

static void take(struct options *options, const char *option, const char *value) {
  if (strcmp(option, "--extension") == 0) {
    options->extension = value;
  } else if (strcmp(option, "--folder") == 0) {
    options->folder = value;
  } else if (strcmp(option, "--only") == 0) {
    options->only = value;
  } else if (strcmp(option, "--faults") == 0) {
    options->faults = atol(value);
  } else if (strcmp(option, "--at") == 0) {
    options->at = atol(value);
  } else if (strcmp(option, "--kills") == 0) {
    options->kills = atol(value);
  } else if (strcmp(option, "--seed") == 0) {
    options->seed = (unsigned)strtoul(value, NULL, 10);
  } else {
    stop(option, "unknown option");
  }
}

int main(int argc, char **argv) {
  struct options options = {
      .extension = "build/billing", .folder = "build", .faults = 60, .kills = 60, .seed = 1};
  for (int i = 1; i + 1 < argc; i += 2) take(&options, argv[i], argv[i + 1]);
  memory_install();
  layer_install();
  test_calls(&options);
  test_disk(&options);
  test_break(&options);
  return report_end();
}
