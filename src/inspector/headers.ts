/**
 * What every answer says. The page runs its own scripts alone, shows nothing of elsewhere, is shown in no frame, and cannot make
 * HTML of a text by mistake (Trusted Types, with no policy).
 */
export function securityHeaders(host: string): Readonly<Record<string, string>> {
  const socket = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : "";
  return {
    "content-security-policy": [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      // Not every browser takes 'self' for WebSockets.
      `connect-src 'self'${socket}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join("; "),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}
