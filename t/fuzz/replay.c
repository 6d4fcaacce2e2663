/*
 * Runs a fuzzer's entry point over files, for compilers without libFuzzer:
 * each file whole, and cut at a few places, since a corpus shrinks over time
 * to what is well-formed.
 */
#include "base/base.h"
#include "base/error.h"
#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const char *data, size_t len)
{
	/* an exact copy: a read beyond the end is seen */
	uint8_t *copy = xmalloc(len);

	if (len)
		memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		struct strbuf in = STRBUF_INIT;
		struct error err = ERROR_INIT;
		size_t cut;

		if (file_read(argv[i], &in, &err) < 0) {
			fprintf(stderr, "fatal: %s\n", err.message);
			return 128;
		}
		run(in.buf, in.len);
		for (cut = 1; cut < 16; cut++)
			run(in.buf, in.len * cut / 16);
		strbuf_release(&in);
	}
	printf("%d files replayed\n", argc - 1);
	return argc > 1 ? 0 : 1;
}
