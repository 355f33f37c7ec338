/*
** A disk that keeps only what was synced. What was written since is lost, kept in part or kept in
** another order when the power fails: by sectors, as a drive with a cache may do. Three files are
** followed, the database and its two journals; what shared memory holds does not outlive the
** machine.
*/
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

#define SECTOR 512
#define FILES 3

struct change {         /* since the last sync */
  unsigned char *bytes; /* NULL: the file is cut at `offset` */
  int64_t offset;
  int size;
};

struct kept {
  char *name;
  struct image synced; /* bytes NULL: there is no such file */
  struct image ghost;  /* it was deleted, but its folder was not synced: it may come back */
  struct change *changes;
  int count;
};

static struct {
  struct kept files[FILES];
  long asked, at;
  unsigned seed;
} power;

/* ---- whole files ---- */

static void copy_image(struct image *to, const struct image *from) {
  image_free(to);
  if (!from->bytes) return;
  to->bytes = malloc((size_t)from->size + 1);
  if (!to->bytes) stop("power", "out of memory");
  memcpy(to->bytes, from->bytes, (size_t)from->size);
  to->size = from->size;
}

static void resize_image(struct image *image, int64_t size) {
  unsigned char *bytes = realloc(image->bytes, (size_t)size + 1);
  if (!bytes) stop("power", "out of memory");
  if (size > image->size) memset(bytes + image->size, 0, (size_t)(size - image->size));
  image->bytes = bytes;
  image->size = size;
}

/* Returns false if there is no such file. */
static bool read_image(struct image *image, const char *name) {
  FILE *file = fopen(name, "rb");
  long size;
  image_free(image);
  if (!file) return false;
  fseek(file, 0, SEEK_END);
  size = ftell(file);
  rewind(file);
  resize_image(image, size);
  if (fread(image->bytes, 1, (size_t)size, file) != (size_t)size) stop(name, "cannot be read");
  fclose(file);
  return true;
}

/* ---- following them ---- */

static void forget_changes(struct kept *file) {
  for (int i = 0; i < file->count; i++) free(file->changes[i].bytes);
  free(file->changes);
  file->changes = NULL;
  file->count = 0;
}

static void note(struct kept *file, const void *bytes, int64_t offset, int size) {
  struct change change = {NULL, offset, size};
  struct change *all = realloc(file->changes, (size_t)(file->count + 1) * sizeof(*all));
  if (!all) stop("power", "out of memory");
  file->changes = all;
  if (bytes) {
    change.bytes = malloc((size_t)size);
    if (!change.bytes) stop("power", "out of memory");
    memcpy(change.bytes, bytes, (size_t)size);
  }
  all[file->count++] = change;
}

static struct kept *kept_of(const char *name) {
  for (int i = 0; name && i < FILES; i++) {
    if (power.files[i].name && strcmp(power.files[i].name, name) == 0) return &power.files[i];
  }
  return NULL;
}

static void follow(struct kept *file, const struct layer_event *event) {
  switch (event->call) {
    case LAYER_WRITE:
      note(file, event->bytes, event->offset, event->count);
      break;
    case LAYER_TRUNCATE:
      note(file, NULL, event->offset, 0);
      break;
    case LAYER_OPEN:
      image_free(&file->ghost);
      break;
    case LAYER_SYNC:
      forget_changes(file);
      read_image(&file->synced, file->name);
      break;
    case LAYER_DELETE:
      forget_changes(file);
      image_free(&file->ghost);
      if (!event->count) copy_image(&file->ghost, &file->synced);
      image_free(&file->synced);
      break;
    case LAYER_READ:
      break;
  }
}

/* ---- losing power ---- */

static bool chance(int percent) {
  return rand() % 100 < percent;
}

static void apply(struct image *image, const struct change *change, int percent) {
  if (!change->bytes) {
    if (chance(percent) && change->offset < image->size) resize_image(image, change->offset);
    return;
  }
  for (int from = 0; from < change->size; from += SECTOR) {
    int size = change->size - from < SECTOR ? change->size - from : SECTOR;
    int64_t end = change->offset + from + size;
    if (!chance(percent)) continue;
    if (!image->bytes || end > image->size) resize_image(image, end);
    memcpy(image->bytes + change->offset + from, change->bytes + from, (size_t)size);
  }
}

static void shuffle(struct change *changes, int count) {
  for (int i = count - 1; i > 0; i--) {
    int j = rand() % (i + 1);
    struct change other = changes[i];
    changes[i] = changes[j];
    changes[j] = other;
  }
}

/* Of what was not synced all, most, half, little or nothing arrives. */
static void lose(struct kept *file) {
  static const int percents[] = {0, 15, 50, 85, 100};
  int percent = percents[rand() % 5];
  if (!file->synced.bytes && file->ghost.bytes && chance(50)) {
    copy_image(&file->synced, &file->ghost);
  }
  if (chance(50)) shuffle(file->changes, file->count);
  if (file->synced.bytes || chance(50)) {
    for (int i = 0; i < file->count; i++) apply(&file->synced, &file->changes[i], percent);
  }
  remove(file->name);
  if (file->synced.bytes) image_write(&file->synced, file->name);
}

static void lose_power(void) {
  char *shared = sqlite3_mprintf("%s-shm", power.files[0].name);
  srand(power.seed);
  for (int i = 0; i < FILES; i++) lose(&power.files[i]);
  if (shared) remove(shared);
  _exit(POWER_LOST);
}

static int watch(const struct layer_event *event) {
  struct kept *file = kept_of(event->name);
  if (!file || event->call == LAYER_READ) return SQLITE_OK;
  power.asked++;
  if (event->call != LAYER_SYNC) follow(file, event);
  if (power.asked == power.at) lose_power();
  if (event->call == LAYER_SYNC) follow(file, event);
  return SQLITE_OK;
}

void power_arm(const char *path, long at, unsigned seed) {
  static const char *const endings[FILES] = {"", "-journal", "-wal"};
  sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
  char whole[1000]; /* as SQLite names it when it opens it */
  if (vfs->xFullPathname(vfs, path, sizeof(whole), whole) != SQLITE_OK) stop(path, "has no path");
  for (int i = 0; i < FILES; i++) {
    struct kept *file = &power.files[i];
    free(file->name);
    file->name = malloc(strlen(whole) + 20);
    if (!file->name) stop("power", "out of memory");
    snprintf(file->name, strlen(whole) + 20, "%s%s", whole, endings[i]);
    forget_changes(file);
    image_free(&file->ghost);
    read_image(&file->synced, file->name);
  }
  power.asked = 0;
  power.at = at;
  power.seed = seed;
  layer_call_first(watch);
}

long power_disarm(void) {
  layer_call_first(NULL);
  return power.asked;
}
