/* SPDX-License-Identifier: MIT */
#include "xsAll.h"

#include "share.h"

typedef struct {
	txKind kind;
	const char *name;
	size_t count;
} unshareable_t;

/* Instances that keep to one machine's heap. */
static unshareable_t unshareables[] = {
	{ XS_MAP_KIND, "Map", 0 },
	{ XS_SET_KIND, "Set", 0 },
	{ XS_WEAK_MAP_KIND, "WeakMap", 0 },
	{ XS_WEAK_SET_KIND, "WeakSet", 0 },
	{ XS_WEAK_REF_KIND, "WeakRef", 0 },
	{ XS_FINALIZATION_REGISTRY_KIND, "FinalizationRegistry", 0 },
	{ XS_PROMISE_KIND, "Promise", 0 },
	{ XS_REGEXP_KIND, "RegExp", 0 },
};

enum {
	UNSHAREABLE_COUNT = sizeof unshareables / sizeof *unshareables,
	SHARING_SLOTS = 1024 /* more than one for each module */
};

typedef void (*visit_t)(txSlot *slot, void *context);

/* The items of an array are slots, too, but lie in a chunk. */
static void visit_items(txMachine *the, txSlot *array, visit_t visit, void *context)
{
	txIndex count = array->value.array.address ? fxGetIndexSize(the, array) : 0;
	for (txIndex i = 0; i < count; i++)
		visit(array->value.array.address + i, context);
}

static void visit_heap(txMachine *the, visit_t visit, void *context)
{
	for (txSlot *heap = the->firstHeap; heap; heap = heap->next) {
		for (txSlot *slot = heap + 1; slot < heap->value.reference; slot++) {
			visit(slot, context);
			if (slot->kind == XS_ARRAY_KIND)
				visit_items(the, slot, visit, context);
		}
	}
}

static void count_unshareable(txSlot *slot, void *context)
{
	size_t *counts = context;
	for (size_t i = 0; i < UNSHAREABLE_COUNT; i++)
		counts[i] += slot->kind == unshareables[i].kind;
}

void share_begin(xsMachine *root)
{
	size_t counts[UNSHAREABLE_COUNT] = { 0 };
	fxCollectGarbage(root);
	visit_heap(root, count_unshareable, counts);
	for (size_t i = 0; i < UNSHAREABLE_COUNT; i++)
		unshareables[i].count = counts[i];
}

const char *share_obstacle(xsMachine *root)
{
	size_t counts[UNSHAREABLE_COUNT] = { 0 };
	fxCollectGarbage(root);
	visit_heap(root, count_unshareable, counts);
	for (size_t i = 0; i < UNSHAREABLE_COUNT; i++) {
		if (counts[i] > unshareables[i].count)
			return unshareables[i].name;
	}
	return NULL;
}

/* Values whose memory is the root's: a clone that copies them must not take it for its own. */
static void make_constant(txSlot *slot, void *context)
{
	(void)context;
	switch (slot->kind) {
	case XS_STRING_KIND:
		slot->kind = XS_STRING_X_KIND;
		break;
	case XS_BIGINT_KIND:
		slot->kind = XS_BIGINT_X_KIND;
		break;
	case XS_CODE_KIND:
		slot->kind = XS_CODE_X_KIND;
		break;
	case XS_KEY_KIND:
		slot->kind = XS_KEY_X_KIND;
		break;
	default:
		break;
	}
}

/*
 * fxShareMachine makes slots while nothing refers to the realm: a collection in the middle would free it. So that none
 * is needed, there are enough free slots before.
 */
static void reserve_slots(txMachine *root)
{
	fxEnableGarbageCollection(root, 0);
	for (int i = 0; i < SHARING_SLOTS; i++)
		fxNewSlot(root)->kind = XS_UNDEFINED_KIND;
	fxEnableGarbageCollection(root, 1);
	fxCollectGarbage(root);
}

xsMachine *share_clone(xsMachine *root, const xsCreation *creation)
{
	reserve_slots(root);
	fxShareMachine(root);
	visit_heap(root, make_constant, NULL);
	return fxCloneMachine((txCreation *)creation, root, "board", NULL);
}

share_peaks_t share_peaks(xsMachine *the)
{
	return (share_peaks_t){
		.slot = sizeof(txSlot),
		.slots = (size_t)the->peakHeapCount * sizeof(txSlot),
		.chunks = (size_t)the->peakChunksSize,
		.stack = (size_t)(the->stackTop - the->stackPeak) * sizeof(txSlot),
		.reserved_slots = (size_t)the->maximumHeapCount * sizeof(txSlot),
		.reserved_chunks = (size_t)the->maximumChunksSize,
		.reserved_stack = (size_t)(the->stackTop - the->stackBottom) * sizeof(txSlot),
		.collections = the->garbageCollectionCount,
	};
}
