/** Set by our function at CloudFront to the address of whoever asks it. */
export const viewerAddressHeader = "x-viewer-address";
