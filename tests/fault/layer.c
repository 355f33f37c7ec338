/*
** A layer over the default VFS. A hook sees each call that reads, writes, syncs, cuts, opens or
** deletes a file before it is passed on, and may answer it instead. Nothing is really synced: the
** machine goes on.
*/
#include <string.h>

#include "fault.h"

struct file {
  sqlite3_file base;
  sqlite3_file *real; /* in the memory behind this */
  const char *name;   /* NULL: a temporary file; SQLite keeps it as long as the file is open */
};

static struct {
  sqlite3_vfs vfs, *real;
  layer_hook *hook; /* NULL: all calls are passed on */
} layer;

static int ask(enum layer_call call, sqlite3_file *base, const void *bytes, int count,
               sqlite3_int64 offset) {
  struct file *file = (struct file *)base;
  struct layer_event event = {call, file->name, file->real, bytes, count, offset};
  return layer.hook ? layer.hook(&event) : SQLITE_OK;
}

static sqlite3_file *real_of(sqlite3_file *file) {
  return ((struct file *)file)->real;
}

/* ---- calls that the hook sees ---- */

static int file_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
  int rc = ask(LAYER_READ, file, NULL, count, offset);
  return rc ? rc : real_of(file)->pMethods->xRead(real_of(file), bytes, count, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  int rc = ask(LAYER_WRITE, file, bytes, count, offset);
  return rc ? rc : real_of(file)->pMethods->xWrite(real_of(file), bytes, count, offset);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
  int rc = ask(LAYER_TRUNCATE, file, NULL, 0, size);
  return rc ? rc : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags) {
  (void)flags;
  return ask(LAYER_SYNC, file, NULL, 0, 0);
}

static int layer_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  struct layer_event event = {LAYER_DELETE, name, NULL, NULL, sync, 0};
  int rc = layer.hook ? layer.hook(&event) : SQLITE_OK;
  (void)vfs;
  return rc ? rc : layer.real->xDelete(layer.real, name, 0);
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
  file->name = name;
  rc = ask(LAYER_OPEN, base, NULL, flags, 0);
  if (rc) return rc;
  file->real = (sqlite3_file *)(file + 1);
  rc = layer.real->xOpen(layer.real, name, file->real, flags, out_flags);
  if (file->real->pMethods) file->base.pMethods = &file_methods;
  return rc;
}

/* ---- */

void layer_install(void) {
  layer.real = sqlite3_vfs_find(NULL);
  if (!layer.real) stop("layer", "there is no default VFS");
  layer.vfs = *layer.real;
  layer.vfs.zName = "fault";
  layer.vfs.szOsFile = (int)sizeof(struct file) + layer.real->szOsFile;
  layer.vfs.xOpen = layer_open;
  layer.vfs.xDelete = layer_delete;
  if (sqlite3_vfs_register(&layer.vfs, 1) != SQLITE_OK) stop("layer", "cannot register the VFS");
}

void layer_call_first(layer_hook *hook) {
  layer.hook = hook;
}
