/*
** A layer over the default VFS, with a countdown of the calls that read, write, sync, cut, open or delete
** a file. A failed write leaves half of it. Nothing is synced: what has to survive is this process.
*/
#include <string.h>

#include "fault.h"

struct file {
  sqlite3_file base;
  sqlite3_file *real; /* in the memory behind this */
};

static struct {
  sqlite3_vfs layer, *real;
  long asked, failed, at;
  bool armed, lasting;
} disk;

static bool fails(void) {
  if (!disk.armed) return false;
  disk.asked++;
  if (disk.at == 0) return false;
  if (disk.asked != disk.at && !(disk.lasting && disk.asked > disk.at)) return false;
  disk.failed++;
  return true;
}

static sqlite3_file *real_of(sqlite3_file *file) {
  return ((struct file *)file)->real;
}

/* ---- calls that may fail ---- */

static int file_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
  if (fails()) return SQLITE_IOERR_READ;
  return real_of(file)->pMethods->xRead(real_of(file), bytes, count, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  if (fails()) {
    real_of(file)->pMethods->xWrite(real_of(file), bytes, count / 2, offset);
    return disk.at % 2 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  }
  return real_of(file)->pMethods->xWrite(real_of(file), bytes, count, offset);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
  if (fails()) return SQLITE_IOERR_TRUNCATE;
  return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags) {
  (void)file;
  (void)flags;
  return fails() ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int layer_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)vfs;
  (void)sync;
  if (fails()) return SQLITE_IOERR_DELETE;
  return disk.real->xDelete(disk.real, name, 0);
}

/* ---- calls that are passed on ---- */

static int file_close(sqlite3_file *file) {
  return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
  return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int level) {
  return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level) {
  return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_is_reserved(sqlite3_file *file, int *is) {
  return real_of(file)->pMethods->xCheckReservedLock(real_of(file), is);
}

static int file_control(sqlite3_file *file, int operation, void *argument) {
  return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file) {
  return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_characteristics(sqlite3_file *file) {
  return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at) {
  return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
  return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file) {
  real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int forget) {
  return real_of(file)->pMethods->xShmUnmap(real_of(file), forget);
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2, /* no memory mapping: it would pass by */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static int layer_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
                      int *out_flags) {
  struct file *file = (struct file *)base;
  int rc;
  (void)vfs;
  memset(file, 0, sizeof(*file));
  if (fails()) return SQLITE_CANTOPEN;
  file->real = (sqlite3_file *)(file + 1);
  rc = disk.real->xOpen(disk.real, name, file->real, flags, out_flags);
  if (file->real->pMethods) file->base.pMethods = &file_methods;
  return rc;
}

/* ---- */

void disk_install(void) {
  disk.real = sqlite3_vfs_find(NULL);
  if (!disk.real) stop("disk", "there is no default VFS");
  disk.layer = *disk.real;
  disk.layer.zName = "fault";
  disk.layer.szOsFile = (int)sizeof(struct file) + disk.real->szOsFile;
  disk.layer.xOpen = layer_open;
  disk.layer.xDelete = layer_delete;
  if (sqlite3_vfs_register(&disk.layer, 1) != SQLITE_OK) stop("disk", "cannot register the VFS");
}

void disk_arm(long at, bool lasting) {
  disk.asked = disk.failed = 0;
  disk.at = at;
  disk.lasting = lasting;
  disk.armed = true;
}

long disk_disarm(void) {
  disk.armed = false;
  return disk.asked;
}

long disk_failed(void) {
  return disk.failed;
}
