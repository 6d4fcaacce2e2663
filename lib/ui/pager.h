#ifndef UI_PAGER_H
#define UI_PAGER_H

#include "base/base.h"

/*
 * Send stdout through a pager when it is a terminal: GIT_PAGER, then
 * `core_pager` (the value of core.pager, or NULL), then PAGER, then less; ""
 * and "cat" mean none. As git: LESS=FRX and LV=-c unless set.
 */
void pager_start(const char *core_pager);
/* Flush, close stdout and wait for the reader to leave. Does nothing when there is no pager. */
void pager_finish(void);

#endif
