#include "base/base.h"
#include "aws/settings.h"

/* ~/.aws/config and ~/.aws/credentials, as a user may have garbled them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	bool is_credentials = len && data[0] & 1;
	struct strmap map = STRMAP_INIT;
	struct error err = ERROR_INIT;
	int ret = aws_settings_parse(&map, (const char *)data, len, is_credentials, "file", &err);

	if ((ret < 0) != (err.message != NULL))
		BUG("returned %d, and the message is '%s'", ret, err.message ? err.message : "");
	error_release(&err);
	aws_settings_release_map(&map);
	return 0;
}
