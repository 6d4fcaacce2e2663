#include "base/base.h"
#include "state/store.h"
#include "tap.h"

static const struct {
	const char *branch, *prefix, *ref, *flat;
} cases[] = {
	{ "main", "dev/nginx/nginx", "refs/gitops/live/main/ecs/dev/nginx/nginx",
	  "refs/gitops/live/main/ecs/dev%2Fnginx%2Fnginx%" },
	{ "feature/x", "a", "refs/gitops/live/feature%2Fx/ecs/a",
	  "refs/gitops/live/feature%2Fx/ecs/a%" },
	{ "main", "a b/c:d", "refs/gitops/live/main/ecs/a%20b/c%3Ad",
	  "refs/gitops/live/main/ecs/a%20b%2Fc%3Ad%" },
	{ "main", "100%", "refs/gitops/live/main/ecs/100%25", "refs/gitops/live/main/ecs/100%25%" },
	{ "main", ".hidden/x.lock/y.", "refs/gitops/live/main/ecs/%2Ehidden/x%2Elock/y%2E",
	  "refs/gitops/live/main/ecs/%2Ehidden%2Fx.lock%2Fy%2E%" },
	{ "main", "a..b/v1.2/@{x}/@", "refs/gitops/live/main/ecs/a.%2Eb/v1.2/@%7Bx}/%40",
	  "refs/gitops/live/main/ecs/a.%2Eb%2Fv1.2%2F@%7Bx}%2F@%" },
	{ "main", "a~^?*[\\\x7f\x01\xc3\xa9",
	  "refs/gitops/live/main/ecs/a%7E%5E%3F%2A%5B%5C%7F%01\xc3\xa9",
	  "refs/gitops/live/main/ecs/a%7E%5E%3F%2A%5B%5C%7F%01\xc3\xa9%" },
};

static void test_live__names_are_escaped_and_read_back(void)
{
	size_t i;
	int flat;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (flat = 0; flat < 2; flat++) {
			struct strbuf ref = STRBUF_INIT, branch = STRBUF_INIT, prefix = STRBUF_INIT;
			enum artifact_kind kind = KIND_LAMBDA;

			test_context("%s", cases[i].prefix);
			live_ref_name(&ref, cases[i].branch, KIND_ECS, cases[i].prefix, flat);
			check_str(ref.buf, flat ? cases[i].flat : cases[i].ref);
			check(live_ref_parse(ref.buf, &branch, &kind, &prefix));
			check_str(branch.buf, cases[i].branch);
			check_str(prefix.buf, cases[i].prefix);
			check_int(kind, ==, KIND_ECS);
			strbuf_release(&ref);
			strbuf_release(&branch);
			strbuf_release(&prefix);
		}
	}
}

static void test_live__other_refs_are_refused(void)
{
	static const char *const refs[] = {
		"refs/heads/main",
		"refs/gitops/live/main",
		"refs/gitops/live/main/ecs",
		"refs/gitops/live/main/ecs/",
		"refs/gitops/live/main/eks/a",
		"refs/gitops/live/main/ecs/a%2",
		"refs/gitops/live/main/ecs/a%zz",
		"refs/gitops/live/main/ecs/%00",
		"refs/gitops/live/main/ecs/%",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refs); i++) {
		struct strbuf branch = STRBUF_INIT, prefix = STRBUF_INIT;
		enum artifact_kind kind;

		test_context("%s", refs[i]);
		check(!live_ref_parse(refs[i], &branch, &kind, &prefix));
		strbuf_release(&branch);
		strbuf_release(&prefix);
	}
}

int main(void)
{
	TEST(live__names_are_escaped_and_read_back);
	TEST(live__other_refs_are_refused);
	return test_done();
}
