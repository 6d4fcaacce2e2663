#include "base/base.h"
#include "artifact/code-internal.h"
#include "tap.h"

/* A stored file "a" of one byte, as the writer makes it; then damaged. */
#define LOCAL                                                         \
	"PK\3\4\24\0\0\10\0\0\0\0\41\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0" \
	"\0ax"
#define CENTRAL                                                                    \
	"PK\1\2\24\3\24\0\0\10\0\0\0\0\41\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\0\0\0" \
	"\0\0\0\0\0\244\201\0\0\0\0a"
#define END "PK\5\6\0\0\0\0\1\0\1\0\57\0\0\0\40\0\0\0\0\0"

static void test_zip__a_look_at_those_of_others(void)
{
	static const char whole[] = LOCAL CENTRAL END;
	const size_t len = sizeof(whole) - 1, end = len - 22;
	char text[sizeof(whole) + 8];
	uint64_t unzipped;
	size_t i;

	check_uint(len, ==, 32 + 47 + 22);
	check_str(zip_refused(whole, len, &unzipped), NULL);
	check_uint(unzipped, ==, 1);
	for (i = 0; i < len; i++) {
		test_context("cut at %zu", i);
		check(zip_refused(whole, i, &unzipped) != NULL);
	}
	test_context("directory behind the end");
	memcpy(text, whole, len);
	text[end + 17] = 1;
	check(zip_refused(text, len, &unzipped) != NULL);
	test_context("more files than there are");
	memcpy(text, whole, len);
	text[end + 10] = 2;
	check(zip_refused(text, len, &unzipped) != NULL);
	test_context("a name that leads behind the end");
	memcpy(text, whole, len);
	text[32 + 28] = 50;
	check(zip_refused(text, len, &unzipped) != NULL);
	test_context("with a comment");
	memcpy(text, whole, len);
	memcpy(text + len, "comment", 7);
	text[len - 2] = 7;
	check_str(zip_refused(text, len + 7, &unzipped), NULL);
	test_context("says that it is large");
	memcpy(text, whole, len);
	memset(text + 32 + 24, 0xff, 4);
	check_str(zip_refused(text, len, &unzipped), NULL);
	check_uint(unzipped, ==, UINT32_MAX);
}

int main(void)
{
	TEST(zip__a_look_at_those_of_others);
	return test_done();
}
