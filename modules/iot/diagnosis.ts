// SPDX-License-Identifier: MIT
/** How far a connection had come when it ended. "setup": nothing was sent yet, the device's own side failed. */
export const stages = Object.freeze(["setup", "resolve", "connect", "secure", "login", "subscribe", "ready"] as const);
export type Stage = (typeof stages)[number];

export interface Reason extends Error {
	/** Of a TLS connection: "setup" when it failed before anything was sent. */
	step?: string;
	/** Of a TLS connection: "options" when the certificate, a root or another setting cannot be used, "peer-closed" when the far end said that it closes. */
	reason?: string;
	/** The far end meant it: an alert, a refused subscription. */
	refused?: boolean;
	/** It only says that the connection ended: how far it had come says more. */
	ended?: boolean;
}

/** What the far end may have refused by closing the connection, which MQTT 3.1.1 gives it no other way to say. */
export type Suspicion = "connect" | "subscribe" | "publish" | "takeover";

export interface Circumstances {
	stage: Stage;
	host: string;
	port: number;
	clientId: string;
	topics: readonly string[];
	/** The topic of a PUBLISH that was on its way, when none has been acknowledged on this connection. */
	publishing: string | undefined;
	/** True when a PUBLISH was acknowledged on an earlier connection. */
	published: boolean;
	/** The socket's own reason (TLS), or the session's, if there is one. */
	reason: Reason | undefined;
	/** CONNACK's return code and its meaning, when it was not 0. */
	connack: string | undefined;
	/** True when our own deadline ended it. */
	timedOut: boolean;
	/** True when a CONNACK came on an earlier connection. */
	accepted: boolean;
	/** True when it ended before it counted as stable. */
	young: boolean;
	/** What the end of the connection before was suspected to be. */
	suspected: Suspicion | undefined;
}

export interface Diagnosis {
	/** What happened, with the likely cause and what to try. */
	sentence: string;
	/** True when the far end said that it refuses what we want, or ended two connections in a row at the same action: trying again soon is pointless. */
	refused: boolean;
	/** What this end may be the answer to. A network that fails looks the same, so one alone proves nothing. */
	suspected?: Suspicion;
}

function failure(sentence: string): Diagnosis {
	return { sentence, refused: false };
}

/** The far end said that it closes the connection. If it said nothing, the network may have lost it. */
function wasClosed({ reason }: Circumstances): boolean {
	return reason?.reason === "peer-closed";
}

interface Refusal {
	action: Suspicion;
	/** When the connection ended. */
	moment: string;
	/** What the far end refuses by that, as the end of a sentence, and what to do. */
	cause: string;
	/** What to do if the end may have another cause and comes again. */
	precaution: string;
	/** Whether one end is enough to name the cause; two in a row are. */
	isClear: boolean;
}

/** An end that may be the far end's way to refuse something. */
function suspicion({ action, moment, cause, precaution, isClear }: Refusal, at: Circumstances): Diagnosis {
	const isAgain = at.suspected === action;
	const end = wasClosed(at) ? "The far end closed the connection" : "The connection was lost";
	const doubt = wasClosed(at) ? "" : ", perhaps by the network";
	return {
		sentence:
			isAgain || isClear
				? `${end}${isAgain ? " again" : ""} ${moment}: ${cause}.`
				: `${end} ${moment}${doubt}. If this repeats, ${precaution}.`,
		refused: isAgain,
		suspected: action,
	};
}

function unaccepted(at: Circumstances): Diagnosis {
	const { accepted, clientId } = at;
	return suspicion(
		{
			action: "connect",
			moment: accepted ? "before a CONNACK came, though one came earlier" : "before a CONNACK came",
			cause: accepted
				? `the policy attached to the certificate was changed, or another device uses the client id ${clientId} (AWS IoT takes one CONNECT a second of each)`
				: `most likely no policy attached to the certificate allows iot:Connect on client/${clientId}. Attach one that does`,
			precaution: `check that a policy attached to the certificate allows iot:Connect on client/${clientId}, and that no other device uses this client id`,
			isClear: wasClosed(at),
		},
		at,
	);
}

function unsubscribed(at: Circumstances): Diagnosis {
	const filters = `topicfilter/${at.topics.join(", ")}`;
	return suspicion(
		{
			action: "subscribe",
			moment: "before a SUBACK came",
			cause: `most likely no policy allows iot:Subscribe on ${filters}. Add that to the certificate's policy`,
			precaution: `check that the certificate's policy allows iot:Subscribe on ${filters}`,
			isClear: wasClosed(at),
		},
		at,
	);
}

/** A connection that was ready, and on which a PUBLISH is not acknowledged. */
function unpublished(at: Circumstances, topic: string): Diagnosis {
	const limits = "AWS IoT's limits (128 KB, seven slashes in the topic)";
	return suspicion(
		{
			action: "publish",
			moment: "after a PUBLISH",
			cause: `most likely no policy allows iot:Publish on topic/${topic}, or the message is beyond ${limits}`,
			precaution: `check that the certificate's policy allows iot:Publish on topic/${topic}, and that the message is within ${limits}`,
			isClear: wasClosed(at) && !at.published,
		},
		at,
	);
}

/** A connection that was ready, and at which nothing was in the balance. */
function lost(at: Circumstances): Diagnosis {
	const { clientId, young, suspected } = at;
	const isClosed = wasClosed(at);
	if (!young && isClosed) return failure("The far end closed the connection. The device connects again.");
	if (!isClosed && (!young || suspected !== "takeover"))
		return {
			...failure("The connection was lost: the network or the far end dropped it. The device connects again."),
			...(young && { suspected: "takeover" }),
		};
	return suspicion(
		{
			action: "takeover",
			moment: "soon after it was ready",
			cause: isClosed
				? `most likely another device uses the client id ${clientId}. Each device needs one of its own`
				: `check the network. If it is good, another device may use the client id ${clientId}: each needs one of its own`,
			precaution: `another device may use the client id ${clientId}: each needs one of its own`,
			isClear: false,
		},
		at,
	);
}

const ended: Record<Stage, (at: Circumstances) => Diagnosis> = Object.freeze({
	setup: () => failure("The connection could not be prepared: the MQTT client gave no reason."),
	resolve: ({ host }) =>
		failure(`The name ${host} was not resolved: check the endpoint's spelling, the network and its DNS.`),
	connect: ({ host, port }) =>
		failure(
			`No TCP connection to ${host} port ${port}: check the network, the port, and that a firewall lets it through.`,
		),
	secure: ({ host, port }) =>
		failure(
			`The TLS handshake with ${host} did not finish: check that port ${port} is its port for MQTT over TLS, and that no firewall inspects TLS.`,
		),
	login: unaccepted,
	subscribe: unsubscribed,
	ready: at => (at.publishing === undefined ? lost(at) : unpublished(at, at.publishing)),
});

const late: Record<Stage, (at: Circumstances) => string> = Object.freeze({
	setup: () => "The connection was not prepared in time.",
	resolve: ({ host }) => `The name ${host} was not resolved in time: check the network and its DNS.`,
	connect: ({ host, port }) =>
		`No answer from ${host} port ${port} in time: check the network, the port, and that a firewall lets it through.`,
	secure: ({ host }) =>
		`The TLS handshake with ${host} did not finish in time: check the network, and that no firewall inspects TLS.`,
	login: () =>
		"No CONNACK in time: the endpoint took the connection and did not answer. If this repeats, check that it is AWS IoT's.",
	subscribe: () =>
		"No SUBACK in time, though the SUBSCRIBE was repeated. If this repeats, check that the QoS asked for is 0 or 1: AWS IoT does not answer to others.",
	ready: () =>
		"The connection went silent: a PUBLISH was repeated, and nothing came back, not even other messages. The device connects again.",
});

/** The socket has nothing to say: the MQTT client itself ended the connection. */
const gaveUp =
	"The MQTT client ended the connection: no PINGRESP came within one and a half times the keep-alive, or what came was not MQTT 3.1.1. Check the network's way to the endpoint, and that the endpoint is AWS IoT's.";

/** TLS stands: that the connection ended is the far end's answer to what was sent last. */
function isAnswer(stage: Stage): boolean {
	return stage === "login" || stage === "subscribe" || stage === "ready";
}

/** The far end refused the connection. An alert on one that was in use is not that: the next attempt will show. */
function wasRefused({ refused = false }: Reason, stage: Stage): boolean {
	return refused && stage !== "ready";
}

/** A setting or the certificate is wrong: the same will fail again until a person changes it. */
function cannotBeUsed({ step, reason }: Reason): boolean {
	return step === "setup" && reason === "options";
}

/** Why a connection ended, in words for the person with the board in hand. */
export function diagnose(at: Circumstances): Diagnosis {
	const { stage, reason, connack, timedOut } = at;
	if (connack)
		return {
			sentence: `CONNECT was refused with return code ${connack}: check the client id and the policy attached to the certificate.`,
			refused: true,
		};
	if (reason && !(reason.ended && isAnswer(stage)))
		return { sentence: reason.message, refused: wasRefused(reason, stage) || cannotBeUsed(reason) };
	if (timedOut) return failure(late[stage](at));
	return reason || !isAnswer(stage) ? ended[stage](at) : failure(gaveUp);
}
