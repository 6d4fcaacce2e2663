#include "repo/internal.h"

/*
 * libgit2 prepares itself for TLS whenever it is initialized. Built on
 * mbedTLS, as Debian's is, it then parses the system's whole bundle of CA
 * certificates: 7 ms, in every hook of every push. We never let libgit2 talk
 * to the network, so this program brings its own mbedtls_x509_crt_parse_file()
 * that loads nothing; the dynamic linker prefers it to libmbedx509's.
 *
 * Should libgit2 ever be made to open a TLS connection after all, it has no CA
 * to trust and refuses every server: this fails closed. libcurl, which does
 * our talking, uses OpenSSL and calls nothing of mbedTLS. With a libgit2 built
 * on OpenSSL nobody calls this function and nothing changes.
 *
 * The declaration is mbedTLS's; its headers are not needed to build.
 */
struct mbedtls_x509_crt;
int mbedtls_x509_crt_parse_file(struct mbedtls_x509_crt *chain, const char *path);

__attribute__((visibility("default"), used)) int
mbedtls_x509_crt_parse_file(struct mbedtls_x509_crt *chain UNUSED, const char *path UNUSED)
{
	return 0;
}

/* Called so that the linker takes this file out of the archive. */
void repo_without_tls(void)
{
}
