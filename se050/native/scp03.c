/* SPDX-License-Identifier: MIT */
#include "scp03.h"

#include "wipe.h"

#include <string.h>

enum {
	HEADER = 4, /* CLA, INS, P1, P2 */
	SHORT_LC_MAX = 0xFE,
	MAC_LENGTH = 8, /* what is sent of a MAC */
	STATUS = 2,
	CLA_SECURE = 0x04,
	PADDING = 0x80,
	INS_SELECT = 0xA4,
	INS_GET_DATA = 0xCA,
	LEVEL = 0x33, /* C-MAC, C-DECRYPTION, R-MAC, R-ENCRYPTION */

	/* Key derivation (Amendment D, 4.1.5): constants and lengths in bits */
	DERIVE_CARD_CRYPTOGRAM = 0x00,
	DERIVE_HOST_CRYPTOGRAM = 0x01,
	DERIVE_ENC = 0x04,
	DERIVE_MAC = 0x06,
	DERIVE_RMAC = 0x07,
	CRYPTOGRAM_BITS = 64,
	KEY_BITS = 128,

	/* The response to INITIALIZE UPDATE (Amendment D, 7.1.1.6); a sequence counter of 3 bytes may follow. */
	UPDATE_SCP_OFFSET = 11,
	UPDATE_CHALLENGE_OFFSET = 13,
	UPDATE_CRYPTOGRAM_OFFSET = UPDATE_CHALLENGE_OFFSET + SCP03_CHALLENGE,
	UPDATE_MIN = UPDATE_CRYPTOGRAM_OFFSET + MAC_LENGTH,
	UPDATE_MAX = UPDATE_MIN + 3,
	SCP03_IDENTIFIER = 0x03
};

static const uint8_t zeros[SCP03_BLOCK];

/* Where the parts of a command APDU are (ISO 7816-3, 12.1.3). */
struct apdu {
	const uint8_t *data;
	size_t length;
	size_t le; /* bytes of Le at the end */
	bool extended;
};

static bool parse_apdu(const uint8_t *command, size_t length, struct apdu *apdu)
{
	memset(apdu, 0, sizeof *apdu);
	if (length < HEADER)
		return false;
	apdu->extended = length >= HEADER + 3 && command[HEADER] == 0;
	size_t field = apdu->extended ? 3 : 1;
	if (length <= HEADER + field) {
		apdu->le = length == HEADER ? 0 : field == 1 ? 1 : 2;
		return true;
	}
	apdu->data = command + HEADER + field;
	apdu->length = apdu->extended ? (size_t)(command[HEADER + 1] << 8 | command[HEADER + 2]) : command[HEADER];
	size_t rest = length - HEADER - field;
	if (apdu->length == 0 || apdu->length > rest)
		return false;
	apdu->le = rest - apdu->length;
	return apdu->le == 0 || apdu->le == (apdu->extended ? 2 : 1);
}

static size_t padded_length(size_t length)
{
	return length == 0 ? 0 : (length / SCP03_BLOCK + 1) * SCP03_BLOCK;
}

/* Whether two MACs are equal, in a time that does not tell where they differ. */
static bool equal(const uint8_t *a, const uint8_t *b, size_t length)
{
	uint8_t difference = 0;
	for (size_t i = 0; i < length; i++)
		difference |= a[i] ^ b[i];
	return difference == 0;
}

/* The initial vector of a command, or of its response: the encrypted counter (Amendment D, 6.2.6 and 6.2.7). */
static bool make_iv(const scp03_t *scp03, uint32_t counter, bool response, uint8_t iv[SCP03_BLOCK])
{
	memset(iv, 0, SCP03_BLOCK);
	iv[0] = response ? 0x80 : 0;
	for (size_t i = 0; i < sizeof counter; i++)
		iv[SCP03_BLOCK - 1 - i] = (uint8_t)(counter >> 8 * i);
	return scp03_cipher_encrypt(&scp03->enc, zeros, iv, SCP03_BLOCK);
}

static bool encrypt_data(const scp03_t *scp03, uint8_t *data, size_t length)
{
	uint8_t iv[SCP03_BLOCK];
	size_t padded = padded_length(length);
	if (length == 0)
		return true;
	data[length] = PADDING;
	memset(data + length + 1, 0, padded - length - 1);
	return make_iv(scp03, scp03->counter, false, iv) && scp03_cipher_encrypt(&scp03->enc, iv, data, padded);
}

/* C-MAC over the chaining value and the command so far; goes after it, and is the next chaining value. */
static bool append_mac(scp03_t *scp03, uint8_t *command, size_t *length)
{
	const struct scp03_part parts[] = { { scp03->chaining, SCP03_BLOCK }, { command, *length } };
	uint8_t mac[SCP03_BLOCK];
	if (!scp03_mac_compute(&scp03->mac, parts, 2, mac))
		return false;
	memcpy(scp03->chaining, mac, SCP03_BLOCK);
	memcpy(command + *length, mac, MAC_LENGTH);
	*length += MAC_LENGTH;
	return true;
}

static size_t write_lc(uint8_t *field, size_t length, bool extended)
{
	if (!extended) {
		field[0] = (uint8_t)length;
		return 1;
	}
	field[0] = 0;
	field[1] = (uint8_t)(length >> 8);
	field[2] = (uint8_t)length;
	return 3;
}

/* Writes the wrapped command to wrapped (SCP03_COMMAND_MAX bytes). */
static scp03_result wrap(scp03_t *scp03, const uint8_t *command, size_t length, const struct apdu *apdu,
	uint8_t *wrapped, size_t *wrapped_length)
{
	size_t data_length = padded_length(apdu->length) + MAC_LENGTH;
	bool extended = apdu->extended || data_length > SHORT_LC_MAX;
	if (data_length > SCP03_COMMAND_MAX - HEADER - 3 - 2)
		return SCP03_BAD_COMMAND;

	memcpy(wrapped, command, HEADER);
	wrapped[0] |= CLA_SECURE;
	size_t end = HEADER + write_lc(wrapped + HEADER, data_length, extended);
	if (apdu->length > 0)
		memcpy(wrapped + end, apdu->data, apdu->length);
	if (!encrypt_data(scp03, wrapped + end, apdu->length))
		return SCP03_NO_CRYPTO;
	end += padded_length(apdu->length);
	if (!append_mac(scp03, wrapped, &end))
		return SCP03_NO_CRYPTO;

	if (extended && apdu->le == 1)
		wrapped[end++] = 0;
	memcpy(wrapped + end, command + length - apdu->le, apdu->le);
	*wrapped_length = end + apdu->le;
	return T1_OK;
}

/* Decrypts in place and cuts the padding off; false if there is none. */
static bool decrypt_data(const scp03_t *scp03, uint32_t counter, uint8_t *data, size_t *length)
{
	uint8_t iv[SCP03_BLOCK];
	size_t end = *length;
	if (end == 0)
		return true;
	if (end % SCP03_BLOCK != 0 || !make_iv(scp03, counter, true, iv) ||
		!scp03_cipher_decrypt(&scp03->enc, iv, data, end))
		return false;
	while (end > 0 && data[end - 1] == 0)
		end--;
	if (end == 0 || data[end - 1] != PADDING || *length - end >= SCP03_BLOCK)
		return false;
	*length = end - 1;
	return true;
}

static bool mac_is_right(scp03_t *scp03, const uint8_t *response, size_t data_length)
{
	const uint8_t *mac = response + data_length;
	const struct scp03_part parts[] = { { scp03->chaining, SCP03_BLOCK }, { response, data_length },
		{ mac + MAC_LENGTH, STATUS } };
	uint8_t expected[SCP03_BLOCK];
	return scp03_mac_compute(&scp03->rmac, parts, 3, expected) && equal(mac, expected, MAC_LENGTH);
}

static uint16_t status_word(const uint8_t *response, size_t length)
{
	return (uint16_t)(response[length - 2] << 8 | response[length - 1]);
}

/* Only a success is protected: an error is the bare status word. */
static scp03_result take_status(scp03_t *scp03, uint16_t status)
{
	if (status == 0x9000)
		return SCP03_BAD_RESPONSE;
	if (status == 0x6982 || status == 0x6987 || status == 0x6988)
		scp03->state = SCP03_LOST;
	return T1_OK;
}

/* counter: of the command that this answers. */
static scp03_result unwrap(scp03_t *scp03, uint32_t counter, uint8_t *response, size_t *length)
{
	if (*length == STATUS)
		return take_status(scp03, status_word(response, *length));
	if (*length < MAC_LENGTH + STATUS)
		return SCP03_BAD_RESPONSE;
	size_t data_length = *length - MAC_LENGTH - STATUS;
	if (!mac_is_right(scp03, response, data_length))
		return SCP03_BAD_RESPONSE;
	const uint8_t *status = response + *length - STATUS;
	if (!decrypt_data(scp03, counter, response, &data_length))
		return SCP03_BAD_RESPONSE;
	memmove(response + data_length, status, STATUS);
	*length = data_length + STATUS;
	return T1_OK;
}

static scp03_result exchange_secure(scp03_t *scp03, t1_t *t1, const uint8_t *command, size_t length, uint8_t *response,
	size_t capacity, size_t *received)
{
	struct apdu apdu;
	uint8_t wrapped[SCP03_COMMAND_MAX];
	size_t wrapped_length = 0;
	if (!parse_apdu(command, length, &apdu))
		return SCP03_BAD_COMMAND;
	scp03_result result = wrap(scp03, command, length, &apdu, wrapped, &wrapped_length);
	if (result != T1_OK)
		return result;

	bool counts = scp03->counting == SCP03_COUNT_ALL || apdu.length > 0;
	uint32_t counter = counts ? scp03->counter : scp03->counter - 1;
	result = (scp03_result)t1_exchange(t1, wrapped, wrapped_length, response, capacity, received);
	if (result == T1_OK)
		result = unwrap(scp03, counter, response, received);
	if (counts)
		scp03->counter++;
	return result;
}

/* Whether a command may go out as it is: no channel was ever asked for, or it is on the way to one. */
static bool passes_plain(const scp03_t *scp03, const uint8_t *command, size_t length)
{
	if (scp03->state == SCP03_PLAIN)
		return true;
	return scp03->state == SCP03_AWAITED && length >= HEADER &&
		(command[1] == INS_SELECT || command[1] == INS_GET_DATA);
}

scp03_result scp03_exchange(scp03_t *scp03, t1_t *t1, const uint8_t *command, size_t length, uint8_t *response,
	size_t capacity, size_t *received)
{
	*received = 0;
	if (passes_plain(scp03, command, length))
		return (scp03_result)t1_exchange(t1, command, length, response, capacity, received);
	if (scp03->state != SCP03_OPEN)
		return scp03->state == SCP03_AWAITED ? SCP03_NOT_OPEN : T1_RESET_NEEDED;
	scp03_result result = exchange_secure(scp03, t1, command, length, response, capacity, received);
	if (result == T1_OK)
		return result;
	wipe(response, *received);
	*received = 0;
	if (result != SCP03_BAD_COMMAND)
		scp03->state = SCP03_LOST;
	return result;
}

/* NIST SP 800-108 in counter mode with AES-CMAC, one round. context: host's and card's challenge. */
static bool derive(scp03_mac *key, uint8_t constant, uint16_t bits, const uint8_t context[2 * SCP03_CHALLENGE],
	uint8_t result[SCP03_BLOCK])
{
	uint8_t data[SCP03_BLOCK + 2 * SCP03_CHALLENGE] = { 0 };
	const struct scp03_part part = { data, sizeof data };
	data[11] = constant;
	data[13] = (uint8_t)(bits >> 8);
	data[14] = (uint8_t)bits;
	data[15] = 1;
	memcpy(data + SCP03_BLOCK, context, 2 * SCP03_CHALLENGE);
	return scp03_mac_compute(key, &part, 1, result);
}

static bool open_mac(scp03_mac *mac, scp03_mac *parent, uint8_t constant, const uint8_t *context)
{
	uint8_t key[SCP03_BLOCK];
	bool done = derive(parent, constant, KEY_BITS, context, key) && scp03_mac_open(mac, key);
	wipe(key, sizeof key);
	return done;
}

static bool open_cipher(scp03_cipher *cipher, scp03_mac *parent, const uint8_t *context)
{
	uint8_t key[SCP03_BLOCK];
	bool done = derive(parent, DERIVE_ENC, KEY_BITS, context, key) && scp03_cipher_open(cipher, key);
	wipe(key, sizeof key);
	return done;
}

static bool derive_session(scp03_t *scp03, const struct scp03_keys *keys, const uint8_t *context)
{
	scp03_mac enc = { 0 }, mac = { 0 };
	bool done = scp03_mac_open(&enc, keys->enc) && scp03_mac_open(&mac, keys->mac) &&
		open_cipher(&scp03->enc, &enc, context) && open_mac(&scp03->mac, &mac, DERIVE_MAC, context) &&
		open_mac(&scp03->rmac, &mac, DERIVE_RMAC, context);
	scp03_mac_close(&enc);
	scp03_mac_close(&mac);
	return done;
}

/* What the chip answered to a command of the handshake that is to succeed with so many bytes of data. */
static scp03_result check_answer(scp03_t *scp03, const uint8_t *response, size_t length, size_t least, size_t most)
{
	if (length < STATUS)
		return SCP03_BAD_RESPONSE;
	scp03->refusal = status_word(response, length);
	if (scp03->refusal != 0x9000)
		return SCP03_REFUSED;
	return length < least + STATUS || length > most + STATUS ? SCP03_BAD_RESPONSE : T1_OK;
}

static scp03_result initialize_update(
	scp03_t *scp03, t1_t *t1, uint8_t key_version, const uint8_t *challenge, uint8_t *response)
{
	uint8_t command[HEADER + 1 + SCP03_CHALLENGE + 1] = { 0x80, 0x50, key_version, 0x00, SCP03_CHALLENGE };
	size_t received;
	memcpy(command + HEADER + 1, challenge, SCP03_CHALLENGE);
	scp03_result result =
		(scp03_result)t1_exchange(t1, command, sizeof command, response, UPDATE_MAX + STATUS, &received);
	if (result == T1_OK)
		result = check_answer(scp03, response, received, UPDATE_MIN, UPDATE_MAX);
	if (result == T1_OK && response[UPDATE_SCP_OFFSET] != SCP03_IDENTIFIER)
		result = SCP03_BAD_RESPONSE;
	return result;
}

static scp03_result external_authenticate(scp03_t *scp03, t1_t *t1, const uint8_t *cryptogram)
{
	uint8_t command[HEADER + 1 + 2 * MAC_LENGTH] = { 0x80 | CLA_SECURE, 0x82, LEVEL, 0x00, 2 * MAC_LENGTH };
	uint8_t response[UPDATE_MAX + STATUS];
	size_t length = HEADER + 1 + MAC_LENGTH, received;
	memcpy(command + HEADER + 1, cryptogram, MAC_LENGTH);
	if (!append_mac(scp03, command, &length))
		return SCP03_NO_CRYPTO;
	scp03_result result = (scp03_result)t1_exchange(t1, command, length, response, sizeof response, &received);
	return result == T1_OK ? check_answer(scp03, response, received, 0, 0) : result;
}

static scp03_result authenticate(scp03_t *scp03, t1_t *t1, const struct scp03_keys *keys, const uint8_t *challenge)
{
	uint8_t update[UPDATE_MAX + STATUS];
	uint8_t context[2 * SCP03_CHALLENGE], cryptogram[SCP03_BLOCK];
	scp03_result result = initialize_update(scp03, t1, keys->version, challenge, update);
	if (result != T1_OK)
		return result;

	memcpy(context, challenge, SCP03_CHALLENGE);
	memcpy(context + SCP03_CHALLENGE, update + UPDATE_CHALLENGE_OFFSET, SCP03_CHALLENGE);
	if (!derive_session(scp03, keys, context) ||
		!derive(&scp03->mac, DERIVE_CARD_CRYPTOGRAM, CRYPTOGRAM_BITS, context, cryptogram))
		return SCP03_NO_CRYPTO;
	if (!equal(cryptogram, update + UPDATE_CRYPTOGRAM_OFFSET, MAC_LENGTH))
		return SCP03_WRONG_KEYS;
	if (!derive(&scp03->mac, DERIVE_HOST_CRYPTOGRAM, CRYPTOGRAM_BITS, context, cryptogram))
		return SCP03_NO_CRYPTO;
	return external_authenticate(scp03, t1, cryptogram);
}

scp03_result scp03_open(scp03_t *scp03, t1_t *t1, const struct scp03_keys *keys, scp03_counting counting,
	const uint8_t challenge[SCP03_CHALLENGE])
{
	scp03_close(scp03);
	scp03->counting = counting;
	scp03->counter = 1;
	scp03_result result = authenticate(scp03, t1, keys, challenge);
	scp03->state = result == T1_OK ? SCP03_OPEN : SCP03_LOST;
	return result;
}

scp03_result scp03_reset(scp03_t *scp03, t1_t *t1, uint8_t *atr, size_t *length)
{
	bool wanted = scp03->state != SCP03_PLAIN;
	scp03_close(scp03);
	scp03->state = wanted ? SCP03_AWAITED : SCP03_PLAIN;
	return (scp03_result)t1_reset(t1, atr, length);
}

void scp03_close(scp03_t *scp03)
{
	scp03_cipher_close(&scp03->enc);
	scp03_mac_close(&scp03->mac);
	scp03_mac_close(&scp03->rmac);
	wipe(scp03, sizeof *scp03);
}
