#include "command.h"
#include "doctor.h"

#include "deploy/setup.h"

#define HINT "'git gitops init', on the server, does that again"

struct hooks {
	struct doctor *doctor;
	size_t wrong;
};

static void take_hook(const char *name, enum setup_hook state, const char *path, void *data)
{
	static const struct {
		enum doctor_level level;
		const char *what;
	} told[] = {
		[SETUP_HOOK_CURRENT] = { DOCTOR_OK, "" },
		[SETUP_HOOK_OTHER] = { DOCTOR_WARNING,
				       "was installed by another version, or from another place" },
		[SETUP_HOOK_FOREIGN] = { DOCTOR_ERROR, "is somebody else's, and doesn't run ours" },
		[SETUP_HOOK_MISSING] = { DOCTOR_ERROR, "is missing" },
		[SETUP_HOOK_DISABLED] = { DOCTOR_ERROR,
					  "is not executable, so git doesn't run it" },
		[SETUP_HOOK_BROKEN] = { DOCTOR_ERROR, "can't find its program" },
	};
	struct hooks *hooks = data;

	if (state == SETUP_HOOK_CURRENT)
		return;
	hooks->wrong++;
	doctor_say(hooks->doctor, told[state].level, "hooks", HINT, "the %s hook '%s' %s", name,
		   path, told[state].what);
}

static void take_missing(const char *key, const char *value, void *data)
{
	struct hooks *hooks = data;

	hooks->wrong++;
	doctor_say(hooks->doctor, DOCTOR_ERROR, "hooks", HINT, "the setting %s = %s is missing",
		   key, value);
}

void doctor_look_at_setup(struct doctor *doctor)
{
	const char *git_dir = repo_git_dir(doctor->repo);
	struct hooks hooks = { .doctor = doctor };
	struct error err = ERROR_INIT;

	if (setup_look_at_hooks(git_dir, doctor->program, take_hook, &hooks, &err) < 0 ||
	    setup_look_at_config(git_dir, take_missing, &hooks, &err) < 0)
		doctor_say_error(doctor, "hooks", &err);
	else if (!hooks.wrong)
		doctor_say(doctor, DOCTOR_OK, "hooks", NULL, "installed and current");
}
