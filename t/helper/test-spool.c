#include "test-tool.h"

#include "spool/spool.h"

/* test-tool spool has-worker <dir>: 1 or 0. */
int tool_spool(int argc, const char **argv)
{
	struct error err = ERROR_INIT;
	struct spool *spool = NULL;
	int ret;

	if (argc != 3 || !str_eq(argv[1], "has-worker")) {
		fputs("usage: test-tool spool has-worker <dir>\n", stderr);
		return 129;
	}
	if (spool_open(&spool, argv[2], &err) < 0 || (ret = spool_has_worker(spool, &err)) < 0) {
		spool_free(spool);
		return error_report(&err);
	}
	printf("%d\n", ret);
	spool_free(spool);
	return 0;
}
