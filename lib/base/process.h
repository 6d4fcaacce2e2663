#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/base.h"
#include "base/error.h"
#include "base/strbuf.h"

/*
 * Run another program, without a shell. `argv` ends with NULL, argv[0] is
 * looked for in PATH unless it holds a slash.
 */
enum process_flags {
	PROCESS_CAPTURE = 1 << 0,   /* stdout goes to `out`, else where ours goes */
	PROCESS_NO_STDIN = 1 << 1,  /* stdin is /dev/null */
	PROCESS_NO_STDERR = 1 << 2, /* stderr is /dev/null */
	PROCESS_TO_STDERR = 1 << 3, /* stdout goes where stderr goes */
};

/*
 * Returns the exit status (128 + the signal that ended it), or negative when
 * it could not be started or its output passed the limit of `out`.
 */
int process_run(const char *const *argv, unsigned flags, struct strbuf *out,
		struct error *err) MUST_CHECK;

/*
 * The same with PROCESS_CAPTURE, and what the program writes to stderr comes
 * line by line as it is written.
 */
struct process_lines {
	/* Without its end, which may be a carriage return; a NUL follows. */
	void (*line)(const char *line, size_t len, void *data);
	/* Called after these, and when the ms have passed that it returned. */
	int (*tick)(void *data);
	void *data;
};
int process_run_lines(const char *const *argv, struct strbuf *out,
		      const struct process_lines *lines, struct error *err) MUST_CHECK;

/*
 * Start a program that outlives us and holds nothing of ours: session,
 * terminal, working directory and descriptors are its own; stdin is
 * /dev/null, stdout and stderr are appended to `log` (NULL: dropped). Of the
 * variables that git, sshd or a web server gave this push it sees none.
 * Returns 0 once the program runs.
 */
int process_start_detached(const char *const *argv, const char *log, mode_t log_mode,
			   struct error *err) MUST_CHECK;

#endif
