#include "fault.h"
void disk_install(void){} void test_disk(const struct options*o){(void)o;} void test_kill(const struct options*o){(void)o;}
