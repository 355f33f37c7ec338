/*
** One node of a cluster: dqlite with billing in every connection.
**
**   node ID ADDRESS FOLDER EXTENSION [LATENCY]
**
** The first node of a new cluster has the id 1; the others are added by a client (client.go).
** LATENCY, in milliseconds (50), is what dqlite takes its timeouts from: a leader that is busy for
** 15 times as long with one statement loses its office.
**
** SQLite runs what sqlite3_auto_extension() has registered for each connection that it opens. So
** the node's own connections know billing's functions, and have the one setting that dqlite needs.
*/
#include <dlfcn.h>
#include <dqlite.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define ENTRY_POINT "sqlite3_billing_replicated_init" /* queries that write are refused */

/*
** dqlite reads a transaction's pages when it ends. SQLite would write them earlier once its page
** cache is full, which dqlite's file system answers with "disk I/O error".
*/
static int keep_pages(sqlite3 *db, char **error, const struct sqlite3_api_routines *api) {
  (void)error;
  (void)api;
  return sqlite3_exec(db, "PRAGMA cache_spill = OFF", NULL, NULL, NULL);
}

static int fail(const char *what, const char *why) {
  fprintf(stderr, "node: %s, %s\n", what, why);
  return 1;
}

static int serve(dqlite_node *node, const char *address, unsigned latency) {
  sigset_t stop;
  int signal;
  if (dqlite_node_set_bind_address(node, address) != 0 ||
      dqlite_node_set_network_latency_ms(node, latency) != 0) {
    return fail("can't listen", dqlite_node_errmsg(node));
  }
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, NULL); /* the node's thread inherits it */
  if (dqlite_node_start(node) != 0) return fail("can't start", dqlite_node_errmsg(node));
  printf("node at %s\n", address);
  fflush(stdout);
  sigwait(&stop, &signal);
  return dqlite_node_stop(node) == 0 ? 0 : fail("can't stop", dqlite_node_errmsg(node));
}

int main(int argc, char **argv) {
  dqlite_node *node = NULL;
  void *library, *entry;
  int status;
  if (argc < 5) return fail("arguments are missing", "node ID ADDRESS FOLDER EXTENSION [LATENCY]");
  signal(SIGPIPE, SIG_IGN); /* a client that has gone is no reason to end */
  library = dlopen(argv[4], RTLD_NOW);
  if (!library) return fail("can't load the extension", dlerror());
  entry = dlsym(library, ENTRY_POINT);
  if (!entry) return fail("no extension of billing", dlerror());
  if (dqlite_node_create(strtoull(argv[1], NULL, 10), argv[2], argv[3], &node) != 0) {
    return fail("can't open the folder", node ? dqlite_node_errmsg(node) : argv[3]);
  }
  sqlite3_auto_extension((void (*)(void))entry);
  sqlite3_auto_extension((void (*)(void))keep_pages);
  status = serve(node, argv[2], argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 50);
  dqlite_node_destroy(node);
  return status;
}
