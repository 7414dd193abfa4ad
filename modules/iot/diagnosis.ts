/** How far a connection had come when it ended. */
export const stages = ["resolve", "connect", "secure", "login", "subscribe", "ready"] as const;
export type Stage = typeof stages[number];

export interface Reason extends Error {
	/** The far end meant it: an alert, a refused subscription. */
	refused?: boolean;
	/** It only says that the connection ended: how far it had come says more. */
	ended?: boolean;
}

export interface Circumstances {
	stage: Stage;
	host: string;
	port: number;
	clientId: string;
	topics: readonly string[];
	/** True when a PUBLISH was on its way and none has been acknowledged on this connection. */
	publishing: boolean;
	/** The socket's own reason (TLS), or the session's, if there is one. */
	reason: Reason | undefined;
	/** CONNACK's return code and its meaning, when it was not 0. */
	connack: string | undefined;
	/** True when our own deadline ended it. */
	timedOut: boolean;
}

export interface Diagnosis {
	/** What happened, with the likely cause and what to try. */
	sentence: string;
	/** True when the far end most likely refused what we may do: trying again soon is pointless. */
	refused: boolean;
}

function refusal(sentence: string): Diagnosis {
	return { sentence, refused: true };
}

function failure(sentence: string): Diagnosis {
	return { sentence, refused: false };
}

const ended: Record<Stage, (at: Circumstances) => Diagnosis> = {
	resolve: ({ host }) => failure(`The name ${host} was not resolved: check the endpoint's spelling, the network and its DNS.`),
	connect: ({ host, port }) => failure(`No TCP connection to ${host} port ${port}: check the network, the port, and that a firewall lets it through.`),
	secure: ({ host }) => failure(`The TLS handshake with ${host} did not finish.`),
	login: ({ clientId }) => refusal(`The connection was closed instead of a CONNACK: most likely no policy attached to the certificate allows iot:Connect on client/${clientId}.`),
	subscribe: ({ topics }) => refusal(`The connection was closed instead of a SUBACK: most likely no policy allows iot:Subscribe on topicfilter/${topics.join(", ")}.`),
	ready: ({ publishing, clientId }) => publishing
		? refusal("The connection was closed after a PUBLISH: most likely no policy allows iot:Publish on its topic.")
		: failure(`The connection was closed by the far end or lost; if this repeats, another device may use the client id ${clientId}.`),
};

const late: Record<Stage, (at: Circumstances) => string> = {
	resolve: ({ host }) => `The name ${host} was not resolved in time: check the network and its DNS.`,
	connect: ({ host, port }) => `No answer from ${host} port ${port} in time: check the network, the port, and that a firewall lets it through.`,
	secure: ({ host }) => `The TLS handshake with ${host} did not finish in time.`,
	login: () => "No CONNACK in time.",
	subscribe: () => "No SUBACK in time, though the SUBSCRIBE was repeated.",
	ready: () => "The connection went silent.",
};

/** TLS stands: that the connection ended is the far end's answer to what was sent last. */
function isAnswer(stage: Stage): boolean {
	return stage === "login" || stage === "subscribe" || stage === "ready";
}

/** Why a connection ended, in words for the person with the board in hand. */
export function diagnose(at: Circumstances): Diagnosis {
	const { stage, reason, connack, timedOut } = at;
	if (connack)
		return refusal(`CONNECT was refused with return code ${connack}: check the client id and the policy attached to the certificate.`);
	if (reason && !(reason.ended && isAnswer(stage)))
		return { sentence: reason.message, refused: reason.refused ?? false };
	return timedOut ? failure(late[stage](at)) : ended[stage](at);
}
