/* SPDX-License-Identifier: MIT */
#include "xsAll.h"

#include "native.h"

/* native(name), Native(name): what they return hangs on the function itself, made once, at the start. */
static void look_up(txMachine *the)
{
	txString name = mxArgc > 0 ? fxToString(the, mxArgv(0)) : (txString) "";
	mxPushSlot(mxFunction);
	mxGetID(fxID(the, name));
	if (mxIsUndefined(the->stack))
		mxReferenceError("there is no C function %s", fxToString(the, mxArgv(0)));
	mxPullSlot(mxResult);
}

/* The host slot that a class inherits: on the prototype that Native(name) made, some steps up from new.target's. */
static txSlot *inherited_host(txSlot *prototype)
{
	while (prototype && !(prototype->next && prototype->next->kind == XS_HOST_KIND))
		prototype = prototype->value.instance.prototype;
	return prototype ? prototype->next : NULL;
}

static void construct(txMachine *the)
{
	if (mxIsUndefined(mxTarget))
		mxTypeError("a native class is called without new");
	mxPushSlot(mxTarget);
	mxGetID(mxID(_prototype));
	txSlot *prototype = fxToInstance(the, the->stack);
	txSlot *host = inherited_host(prototype);
	if (!host)
		mxTypeError("the prototype of a native class was replaced");
	txSlot *instance = fxNewHostObject(the, host->value.host.variant.destructor);
	instance->value.instance.prototype = prototype;
	mxPullSlot(mxResult);
	mxPop();
}

/* Sets a property of the object below the top of the stack to the top of the stack, and pops it. */
static void set_property(txMachine *the, const char *name)
{
	txSlot *object = the->stack + 1;
	mxPushSlot(object);
	mxSetID(fxID(the, (txString)name));
	mxPop();
}

static void set_global(txMachine *the, const char *name)
{
	mxPush(mxGlobal);
	mxSetID(fxID(the, (txString)name));
	mxPop();
}

void native_install(xsMachine *the)
{
	native_bind_identifiers(the);
	fxNewHostFunction(the, look_up, 1, XS_NO_ID, XS_NO_ID);
	for (size_t i = 0; i < native_function_count; i++) {
		fxNewHostFunction(the, native_functions[i].callback, 0, XS_NO_ID, XS_NO_ID);
		set_property(the, native_functions[i].name);
	}
	set_global(the, "native");
	fxNewHostFunction(the, look_up, 1, XS_NO_ID, XS_NO_ID);
	for (size_t i = 0; i < native_class_count; i++) {
		fxNewHostObject(the, native_classes[i].destructor);
		fxNewHostConstructor(the, construct, 0, XS_NO_ID);
		set_property(the, native_classes[i].name);
	}
	set_global(the, "Native");
}
