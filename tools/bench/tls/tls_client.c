/* SPDX-License-Identifier: MIT */
/*
 * The TLS engine on a socket, driven by options, reporting in JSON lines: what tests/native/tls/ run.
 * Linked with --wrap for malloc and the like, so that it counts the heap that the engine and Mbed TLS use.
 */
#include "engine.h"
#include "tls_heap.h"
#include "tls_signer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_ROOTS = 8, BLOCK = 4096 };

typedef struct {
	int port;
	int64_t time;		  /* what the clock says; 0: the real one */
	size_t chunk;		  /* most bytes fed before a step */
	size_t send, receive; /* plaintext bytes each way */
	size_t fail_at;		  /* the allocation that fails */
	size_t stall;		  /* plaintext bytes after which the application stops to read */
	size_t repeat;		  /* further connections, one after the other */
	bool fork_at_each_byte;
	const char *sign_failure;
	tls_bytes_t roots[MOST_ROOTS];
	tls_options_t tls;
} arguments_t;

typedef struct {
	const arguments_t *arguments;
	tls_engine_t *engine;
	int socket;
	size_t sent, received, fed, cuts, overhead;
	bool opened;
} client_t;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(2);
}

static tls_bytes_t load(const char *path)
{
	static const size_t limit = 65536;
	uint8_t *bytes = malloc(limit);
	FILE *file = fopen(path, "rb");
	if (!bytes || !file)
		die(path);
	size_t size = fread(bytes, 1, limit, file);
	fclose(file);
	return (tls_bytes_t){ .bytes = bytes, .size = size };
}

static void print_string(const char *name, const char *text)
{
	printf(",\"%s\":\"", name);
	for (; *text; text++)
		printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	printf("\"");
}

static void print_failure(const tls_failure_t *failure)
{
	printf("{\"event\":\"failure\"");
	print_string("step", tls_step_name(failure->step));
	print_string("reason", tls_reason_name(failure->reason));
	print_string("message", failure->message);
	printf(",\"code\":%d}\n", failure->code);
}

static void print_open(const client_t *client)
{
	tls_info_t info = tls_engine_info(client->engine);
	printf("{\"event\":\"open\"");
	print_string("version", info.version);
	print_string("cipherSuite", info.cipher_suite);
	print_string("protocol", info.protocol ? info.protocol : "");
	print_string("serverSubject", info.server_subject);
	printf(",\"certificateUsed\":%s,\"serverSha256\":\"", info.certificate_used ? "true" : "false");
	for (size_t i = 0; i < 32; i++)
		printf("%02x", info.server_sha256[i]);
	printf("\",\"overhead\":%zu,\"heapPeak\":%zu,\"heapOpen\":%zu}\n", tls_engine_overhead(client->engine),
		tls_heap_peak(), tls_heap_now());
}

static uint8_t pattern(size_t index)
{
	return (uint8_t)(index * 7 + index / 251);
}

static int64_t fixed_now(void *context)
{
	return ((const arguments_t *)context)->time;
}

static bool sign(void *context, tls_signature_t *signature)
{
	const arguments_t *arguments = context;
	if (!arguments->sign_failure) {
		tls_heap_hold(true);
		bool done = tls_signer_sign(signature);
		tls_heap_hold(false);
		return done;
	}
	snprintf(signature->message, sizeof signature->message, "%s", arguments->sign_failure);
	return false;
}

static void parse(int argc, char **argv, arguments_t *arguments)
{
	static const struct option options[] = {
		{ "port", 1, 0, 'p' },
		{ "root", 1, 0, 'r' },
		{ "name", 1, 0, 'n' },
		{ "certificate", 1, 0, 'c' },
		{ "key", 1, 0, 'k' },
		{ "alpn", 1, 0, 'a' },
		{ "minimum", 1, 0, 'm' },
		{ "maximum", 1, 0, 'M' },
		{ "time", 1, 0, 't' },
		{ "chunk", 1, 0, 'C' },
		{ "send", 1, 0, 's' },
		{ "receive", 1, 0, 'R' },
		{ "sign-failure", 1, 0, 'f' },
		{ "fork", 0, 0, 'F' },
		{ "stall", 1, 0, 'S' },
		{ "fail-at", 1, 0, 'A' },
		{ "constant-roots", 0, 0, 'K' },
		{ "repeat", 1, 0, 'N' },
		{ 0, 0, 0, 0 },
	};
	size_t protocols = 0;
	arguments->chunk = SIZE_MAX;
	arguments->stall = SIZE_MAX;
	arguments->tls.roots = arguments->roots;
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (option) {
		case 'p':
			arguments->port = atoi(optarg);
			break;
		case 'r':
			if (arguments->tls.root_count < MOST_ROOTS)
				arguments->roots[arguments->tls.root_count++] = load(optarg);
			break;
		case 'n':
			arguments->tls.server_name = optarg;
			break;
		case 'c':
			arguments->tls.certificate = load(optarg);
			break;
		case 'k':
			arguments->tls.sign = sign;
			tls_bytes_t key = load(optarg);
			if (!tls_signer_open(key.bytes, key.size))
				exit(2);
			free((void *)key.bytes);
			break;
		case 'a':
			if (protocols < TLS_PROTOCOLS)
				arguments->tls.protocols[protocols++] = optarg;
			break;
		case 'm':
			arguments->tls.minimum = strcmp(optarg, "TLSv1.3") ? TLS_1_2 : TLS_1_3;
			break;
		case 'M':
			arguments->tls.maximum = strcmp(optarg, "TLSv1.3") ? TLS_1_2 : TLS_1_3;
			break;
		case 't':
			arguments->time = atoll(optarg);
			break;
		case 'C':
			arguments->chunk = (size_t)atoll(optarg);
			break;
		case 's':
			arguments->send = (size_t)atoll(optarg);
			break;
		case 'R':
			arguments->receive = (size_t)atoll(optarg);
			break;
		case 'K':
			for (size_t i = 0; i < arguments->tls.root_count; i++)
				arguments->roots[i].is_constant = true;
			break;
		case 'N':
			arguments->repeat = (size_t)atoll(optarg);
			break;
		case 'A':
			arguments->fail_at = (size_t)atoll(optarg);
			break;
		case 'S':
			arguments->stall = (size_t)atoll(optarg);
			break;
		case 'f':
			arguments->sign_failure = optarg;
			break;
		case 'F':
			arguments->fork_at_each_byte = true;
			break;
		default:
			exit(2);
		}
	}
	arguments->tls.now = arguments->time ? fixed_now : NULL;
	arguments->tls.context = arguments;
}

static int connect_to(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		die("connect");
	return fd;
}

static void drain(client_t *client)
{
	uint8_t block[BLOCK];
	while (tls_engine_pending(client->engine) > 0) {
		size_t size = tls_engine_drain(client->engine, block, sizeof block);
		for (size_t done = 0; done < size;) {
			ssize_t count = send(client->socket, block + done, size - done, MSG_NOSIGNAL);
			if (count > 0)
				done += (size_t)count;
			else if (errno == EAGAIN)
				poll(&(struct pollfd){ .fd = client->socket, .events = POLLOUT }, 1, 100);
			else
				return;
		}
	}
}

/* In a child, the transport ends here; the child's status says whether the engine called it a truncation. */
static void end_in_child(client_t *client)
{
	client->cuts++;
	fflush(stdout);
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		tls_engine_end(client->engine);
		tls_state state = tls_engine_step(client->engine);
		const tls_failure_t *failure = tls_engine_failure(client->engine);
		_exit(state == TLS_FAILED && failure->reason == TLS_REASON_TRUNCATED && failure->step == TLS_STEP_HANDSHAKE
				? 0
				: 1);
	}
	int status;
	if (waitpid(child, &status, 0) < 0 || status != 0) {
		printf("{\"event\":\"not truncated\",\"at\":%zu}\n", client->fed);
		exit(1);
	}
}

static void feed(client_t *client)
{
	uint8_t block[BLOCK];
	size_t size = tls_engine_room(client->engine);
	if (size > client->arguments->chunk)
		size = client->arguments->chunk;
	if (size > sizeof block)
		size = sizeof block;
	if (client->arguments->fork_at_each_byte && tls_engine_state(client->engine) == TLS_HANDSHAKE)
		end_in_child(client);
	if (size == 0)
		return;
	ssize_t count = recv(client->socket, block, size, 0);
	if (count > 0)
		client->fed += tls_engine_feed(client->engine, block, (size_t)count);
	else if (count == 0 || errno != EAGAIN)
		tls_engine_end(client->engine);
}

static void read_plaintext(client_t *client)
{
	uint8_t block[BLOCK];
	size_t size;
	while (client->received < client->arguments->stall &&
		(size = tls_engine_read(client->engine, block, sizeof block)) > 0) {
		for (size_t i = 0; i < size; i++)
			if (block[i] != pattern(client->received++)) {
				printf("{\"event\":\"wrong byte\",\"at\":%zu}\n", client->received - 1);
				exit(1);
			}
		tls_engine_step(client->engine);
	}
}

static void write_plaintext(client_t *client)
{
	uint8_t block[BLOCK];
	while (client->sent < client->arguments->send) {
		size_t size = client->arguments->send - client->sent;
		size = size < sizeof block ? size : sizeof block;
		for (size_t i = 0; i < size; i++)
			block[i] = pattern(client->sent + i);
		size_t pending = tls_engine_pending(client->engine);
		size_t count = tls_engine_write(client->engine, block, size);
		if (count == 0)
			return;
		client->sent += count;
		size_t overhead = tls_engine_pending(client->engine) - pending - count;
		client->overhead = overhead > client->overhead ? overhead : client->overhead;
	}
}

static bool is_done(const client_t *client)
{
	const arguments_t *arguments = client->arguments;
	return client->opened && client->sent >= arguments->send && client->received >= arguments->receive;
}

static const char *run(client_t *client)
{
	for (;;) {
		tls_state state = tls_engine_step(client->engine);
		if (!client->opened && (state == TLS_OPEN || state == TLS_PEER_CLOSED)) {
			client->opened = true;
			print_open(client);
		}
		read_plaintext(client);
		write_plaintext(client);
		drain(client);
		state = tls_engine_state(client->engine);
		if (state == TLS_FAILED)
			return "failure";
		if (state == TLS_PEER_CLOSED)
			return "peer-closed";
		if (is_done(client))
			return "done";
		if (client->received >= client->arguments->stall)
			return "stalled";
		bool more_to_send = client->opened && client->sent < client->arguments->send;
		struct pollfd set = { .fd = client->socket, .events = (short)(POLLIN | (more_to_send ? POLLOUT : 0)) };
		if (poll(&set, 1, 10000) == 0)
			return "timeout";
		if (set.revents & (POLLIN | POLLHUP | POLLERR))
			feed(client);
	}
}

/* How much ciphertext the engine takes from a peer that goes on sending while nobody reads. */
static size_t fill(client_t *client)
{
	size_t before = client->fed;
	for (int i = 0; i < 50 && tls_engine_room(client->engine) > 0; i++) {
		poll(&(struct pollfd){ .fd = client->socket, .events = POLLIN }, 1, 100);
		feed(client);
		tls_engine_step(client->engine);
	}
	return client->fed - before;
}

/* Reads what still comes: to close a socket with unread bytes would reset the connection, and the peer lose our alert.
 */
static void linger(int fd)
{
	uint8_t block[BLOCK];
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 1000; i++) {
		if (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 500) <= 0 || recv(fd, block, sizeof block, 0) <= 0)
			return;
	}
}

/* One connection, from options to the heap that is left. */
static void connect_once(const arguments_t *arguments)
{
	tls_failure_t failure;
	client_t client = { .arguments = arguments };
	client.engine = tls_engine_open(&arguments->tls, &failure);
	if (!client.engine) {
		print_failure(&failure);
	} else {
		if (tls_engine_warning(client.engine)) {
			printf("{\"event\":\"warning\"");
			print_string("message", tls_engine_warning(client.engine));
			printf("}\n");
		}
		client.socket = connect_to(arguments->port);
		const char *end = run(&client);
		if (!strcmp(end, "failure"))
			print_failure(tls_engine_failure(client.engine));
		if (!strcmp(end, "stalled"))
			printf("{\"event\":\"filled\",\"bytes\":%zu}\n", fill(&client));
		tls_engine_notify(client.engine);
		drain(&client);
		printf("{\"event\":\"%s\",\"sent\":%zu,\"received\":%zu,\"fed\":%zu,\"cuts\":%zu,\"overhead\":%zu}\n", end,
			client.sent, client.received, client.fed, client.cuts, client.overhead);
		tls_engine_close(client.engine);
		linger(client.socket);
		close(client.socket);
	}
	printf("{\"event\":\"heap\",\"peak\":%zu,\"left\":%zu,\"allocations\":%zu}\n", tls_heap_peak(), tls_heap_now(),
		tls_heap_allocations());
}

int main(int argc, char **argv)
{
	static arguments_t arguments;
	setvbuf(stdout, NULL, _IOLBF, 0);
	parse(argc, argv, &arguments);
	tls_heap_start();
	tls_heap_fail(arguments.fail_at);
	for (size_t i = 0; i <= arguments.repeat; i++)
		connect_once(&arguments);
	tls_signer_close();
	for (size_t i = 0; i < arguments.tls.root_count; i++)
		free((void *)arguments.roots[i].bytes);
	free((void *)arguments.tls.certificate.bytes);
	return 0;
}
