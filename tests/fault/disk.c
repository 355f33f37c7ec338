/*
** A countdown of the calls that read, write, sync, cut, open or delete a file. A failed write
** leaves half of it.
*/
#include "fault.h"

static struct {
  long asked, failed, at;
  bool lasting;
} disk;

static bool fails(void) {
  disk.asked++;
  if (disk.at == 0) return false;
  if (disk.asked != disk.at && !(disk.lasting && disk.asked > disk.at)) return false;
  disk.failed++;
  return true;
}

static int write_half(const struct layer_event *event) {
  event->real->pMethods->xWrite(event->real, event->bytes, event->count / 2, event->offset);
  return disk.at % 2 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int answer(const struct layer_event *event) {
  if (!fails()) return SQLITE_OK;
  switch (event->call) {
    case LAYER_OPEN:
      return SQLITE_CANTOPEN;
    case LAYER_READ:
      return SQLITE_IOERR_READ;
    case LAYER_WRITE:
      return write_half(event);
    case LAYER_TRUNCATE:
      return SQLITE_IOERR_TRUNCATE;
    case LAYER_SYNC:
      return SQLITE_IOERR_FSYNC;
    case LAYER_DELETE:
      return SQLITE_IOERR_DELETE;
  }
  return SQLITE_IOERR;
}

void disk_arm(long at, bool lasting) {
  disk.asked = disk.failed = 0;
  disk.at = at;
  disk.lasting = lasting;
  layer_call_first(answer);
}

long disk_disarm(void) {
  layer_call_first(NULL);
  return disk.asked;
}

long disk_failed(void) {
  return disk.failed;
}
