/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_TLSFIX_H
#define CGN_TEST_TLSFIX_H

/**
 * @file
 * Certificates and TLS servers of tests.
 */

#include "tests/support/cu.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/** A certificate with its key, also as files. */
struct tlsfix_cert {
	X509 *x509;
	EVP_PKEY *key;
	char cert_path[300], key_path[300];
};

static inline void
tlsfix_extend(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	CU_ASSERT_PTR_NOT_NULL_FATAL(ext);
	X509_add_ext(x509, ext, -1);
	X509_EXTENSION_free(ext);
}

static inline void
tlsfix_save(const struct tlsfix_cert *c)
{
	FILE *f = fopen(c->cert_path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	PEM_write_X509(f, c->x509);
	fclose(f);
	f = fopen(c->key_path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	PEM_write_PrivateKey(f, c->key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
}

/**
 * Make a certificate in a directory: NAME.pem and NAME.key.
 *
 * @param names   subjectAltName, such as "IP:127.0.0.1"; NULL: an authority
 * @param issuer  NULL: itself
 * @param days    how long it is valid; negative: it has ended
 */
static inline void
tlsfix_make(struct tlsfix_cert *c, const char *dir, const char *name, const char *names,
		const struct tlsfix_cert *issuer, int days)
{
	X509_NAME *subject;

	snprintf(c->cert_path, sizeof(c->cert_path), "%s/%s.pem", dir, name);
	snprintf(c->key_path, sizeof(c->key_path), "%s/%s.key", dir, name);
	c->key = EVP_EC_gen("P-256");
	c->x509 = X509_new();
	CU_ASSERT_TRUE_FATAL(c->key != NULL && c->x509 != NULL);
	X509_set_version(c->x509, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(c->x509), random());
	X509_gmtime_adj(X509_getm_notBefore(c->x509), -86400L * 30);
	X509_gmtime_adj(X509_getm_notAfter(c->x509), 86400L * days);
	subject = X509_get_subject_name(c->x509);
	X509_NAME_add_entry_by_txt(
			subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(
			c->x509, issuer == NULL ? subject : X509_get_subject_name(issuer->x509));
	X509_set_pubkey(c->x509, c->key);
	tlsfix_extend(c->x509, NID_basic_constraints,
			names == NULL ? "critical,CA:TRUE" : "CA:FALSE");
	if (names != NULL)
		tlsfix_extend(c->x509, NID_subject_alt_name, names);
	CU_ASSERT_TRUE_FATAL(X509_sign(c->x509, issuer == NULL ? c->key : issuer->key,
					     EVP_sha256()) > 0);
	tlsfix_save(c);
}

static inline void
tlsfix_free(struct tlsfix_cert *c)
{
	X509_free(c->x509);
	EVP_PKEY_free(c->key);
}

/** A context of a server. @param clients  issuer of the certificates that clients must have; NULL: they need none */
static inline SSL_CTX *
tlsfix_server(const struct tlsfix_cert *c, const struct tlsfix_cert *clients)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	CU_ASSERT_PTR_NOT_NULL_FATAL(ctx);
	CU_ASSERT_EQUAL(SSL_CTX_use_certificate(ctx, c->x509), 1);
	CU_ASSERT_EQUAL(SSL_CTX_use_PrivateKey(ctx, c->key), 1);
	if (clients != NULL) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), clients->x509);
	}
	return ctx;
}

#endif /* CGN_TEST_TLSFIX_H */
