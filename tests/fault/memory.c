/*
** SQLite's allocator, with a countdown. The extension allocates through SQLite alone, so this sees
** all.
*/
#include "fault.h"

static struct {
  sqlite3_mem_methods real;
  long asked, failed, at;
  bool armed, lasting;
} memory;

static bool fails(void) {
  if (!memory.armed) return false;
  memory.asked++;
  if (memory.at == 0) return false;
  if (memory.asked != memory.at && !(memory.lasting && memory.asked > memory.at)) return false;
  memory.failed++;
  return true;
}

static void *take(int size) {
  return fails() ? NULL : memory.real.xMalloc(size);
}

static void *resize(void *block, int size) {
  return fails() ? NULL : memory.real.xRealloc(block, size);
}

void memory_install(void) {
  sqlite3_mem_methods methods;
  sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.real);
  methods = memory.real;
  methods.xMalloc = take;
  methods.xRealloc = resize;
  sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
  sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* it would hide most allocations */
}

void memory_arm(long at, bool lasting) {
  memory.asked = memory.failed = 0;
  memory.at = at;
  memory.lasting = lasting;
  memory.armed = true;
}

long memory_disarm(void) {
  memory.armed = false;
  return memory.asked;
}

long memory_failed(void) {
  return memory.failed;
}
