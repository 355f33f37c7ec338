/*
** SQLite asks its progress handler at almost every step of a statement, also of those that the
** extension runs inside; at one of them the answer is to stop.
*/
#include "fault.h"

static struct { long asked, at; } interrupt;

static int asked(void *unused) {
  (void)unused;
  return ++interrupt.asked == interrupt.at;
}

void interrupt_arm(sqlite3 *db, long at) {
  interrupt.asked = 0;
  interrupt.at = at;
  sqlite3_progress_handler(db, 1, asked, NULL);
}

long interrupt_disarm(sqlite3 *db) {
  sqlite3_progress_handler(db, 0, NULL, NULL);
  return interrupt.asked;
}
