/**
 * The part of the Reflect metadata proposal that @peculiar/x509 needs to load: metadata of classes, kept aside by key.
 * Without it the library stops at its first line.
 */
type Key = string | symbol;

interface MetadataReflection {
	getMetadata?: (key: Key, target: object) => unknown;
	getOwnMetadata?: (key: Key, target: object) => unknown;
	defineMetadata?: (key: Key, value: unknown, target: object) => void;
}

const stored = new WeakMap<object, Map<Key, unknown>>();
const reflection: typeof Reflect & MetadataReflection = Reflect;

function getOwnMetadata(key: Key, target: object): unknown {
	return stored.get(target)?.get(key);
}

/** Looks along the prototype chain, as the proposal's ordinary GetMetadata does. */
function getMetadata(key: Key, target: object): unknown {
	for (let holder: object | null = target; holder !== null; holder = Reflect.getPrototypeOf(holder))
		if (stored.get(holder)?.has(key))
			return getOwnMetadata(key, holder);
	return undefined;
}

function defineMetadata(key: Key, value: unknown, target: object): void {
	stored.set(target, (stored.get(target) ?? new Map<Key, unknown>()).set(key, value));
}

reflection.getMetadata ??= getMetadata;
reflection.getOwnMetadata ??= getOwnMetadata;
reflection.defineMetadata ??= defineMetadata;
