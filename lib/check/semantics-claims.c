#include "check/semantics-internal.h"

#include "artifact/claims.h"

void sem_claims(struct semantics *s)
{
	struct strbuf key = STRBUF_INIT;
	const struct json *name;
	struct claim *claim;

	/* settings that can't be read may say anything */
	if (!s->definition || (s->service->docs[ROLE_SETTINGS].present && !s->settings) ||
	    !claim_key(&key, s->service, &name) ||
	    !sem_get(s, s->definition->json, claim_member(s->object->kind))) {
		strbuf_release(&key);
		return;
	}
	claim = check_part_claim(s->check->part, key.buf, key.len);
	/* kept for the case that somebody else has it already: all but who that is */
	document_finding(&claim->place, s->definition, name, SEVERITY_ERROR, "claimed-twice",
			 "%s '%s'", s->object->kind == KIND_ECS ? "service" : "function",
			 sem_text(s, s->definition, name));
	strbuf_release(&key);
}
