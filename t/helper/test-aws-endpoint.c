#include "test-tool.h"

#include "aws/endpoint.h"

/*
 * Where services are asked: reads "<service> <region>" lines (signing names)
 * and prints a URL for each, or "error: ...".
 */
int tool_aws_endpoint(int argc UNUSED, const char **argv UNUSED)
{
	struct aws_settings settings;
	struct error err = ERROR_INIT;
	char service[64], region[64];

	if (aws_settings_load(&settings, NULL, NULL, &err) < 0)
		return error_report(&err);
	while (scanf("%63s %63s", service, region) == 2) {
		struct aws_endpoint endpoint;
		int n = aws_service_by_name(service);

		if (n < 0) {
			printf("error: no service '%s'\n", service);
		} else if (aws_endpoint_resolve(&endpoint, &settings, (enum aws_service)n, region,
						&err) < 0) {
			printf("error: %s\n", err.message);
			error_release(&err);
		} else {
			puts(endpoint.url);
			aws_endpoint_release(&endpoint);
		}
	}
	aws_settings_release(&settings);
	return 0;
}
