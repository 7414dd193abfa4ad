/* SPDX-License-Identifier: MIT */
/*
 * What C written for the SDK's xsmc.h (XS 17) uses and XS 13.3's does not declare. Included by the generated mc.xs.h.
 */
#ifndef HOST_COMPAT_H
#define HOST_COMPAT_H

#include "xsmc.h"

#ifndef xsmcSetStringX
#define xsmcSetStringX(_SLOT, _VALUE) fxStringX(the, &(_SLOT), (xsStringValue)(_VALUE))
#endif
#ifndef xsStringX
#define xsStringX(_VALUE) (fxStringX(the, &the->scratch, (xsStringValue)(_VALUE)), the->scratch)
#endif
#ifndef xsmcSetUnsigned
#define xsmcSetUnsigned(_SLOT, _VALUE) fxUnsigned(the, &(_SLOT), _VALUE)
#endif
#ifndef xsUnsigned
#define xsUnsigned(_VALUE) (fxUnsigned(the, &the->scratch, _VALUE), the->scratch)
#endif
#ifndef xsmcToUnsigned
#define xsmcToUnsigned(_SLOT) fxToUnsigned(the, &(_SLOT))
#endif
#ifndef xsmcToReference
#define xsmcToReference(_SLOT) fxToReference(the, &(_SLOT))
#endif

#ifndef xsGetHostDataIf
mxImport void *fxGetHostDataIf(xsMachine *the, xsSlot *slot);
#define xsGetHostDataIf(_SLOT) (the->scratch = (_SLOT), fxGetHostDataIf(the, &the->scratch))
#endif
#ifndef xsmcGetHostDataIf
#define xsmcGetHostDataIf(_SLOT) fxGetHostDataIf(the, &(_SLOT))
#endif
#ifndef xsGetHostChunkIf
mxImport void *fxGetHostChunkIf(xsMachine *the, xsSlot *slot);
#define xsGetHostChunkIf(_SLOT) (the->scratch = (_SLOT), fxGetHostChunkIf(the, &the->scratch))
#endif
#ifndef xsGetHostHooksIf
mxImport xsHostHooks *fxGetHostHooksIf(xsMachine *the, xsSlot *slot);
#define xsGetHostHooksIf(_SLOT) (the->scratch = (_SLOT), fxGetHostHooksIf(the, &the->scratch))
#endif

#endif
