#ifndef UI_REPORT_H
#define UI_REPORT_H

#include "base/base.h"
#include "base/error.h"

/*
 * Print "fatal: <message>" and "hint: <hint>" on stderr, control characters
 * defused. Returns 128, the exit status; releases `err`.
 */
int error_report(struct error *err);
/*
 * From now on it also prints {"error": {"message", "hint"}} on stdout, so that
 * who wants JSON gets JSON: parse_options() calls it for --format=json.
 */
void report_as_json(void);

/* "warning: ..." on stderr, control characters defused. */
void ui_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* fflush and check stdout: 0, or 128 after a message (a full disk is an error, a closed pipe is quiet). */
int ui_finish_stdout(void);

#endif
