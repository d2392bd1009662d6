/** What a refusal of a backend says → what to change. The first that matches is given. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /certificate has expired/i,
    "the server's certificate has expired: renew it, or set the clock of this machine",
  ],
  [
    /self.signed certificate|unable to (verify|get)/i,
    "the server's certificate is of no trusted authority: name that authority's file in REFOLD_KAFKA_CA_FILE or REFOLD_REDIS_CA_FILE",
  ],
  [
    /does not match certificate's altnames/i,
    'connect to a host that the certificate names, or give its name in REFOLD_KAFKA_SERVER_NAME or REFOLD_REDIS_SERVER_NAME',
  ],
  [
    /alert (certificate|bad certificate|unknown ca)/i,
    'the server asks for a certificate of an authority that it trusts: check REFOLD_KAFKA_CERT_FILE or REFOLD_REDIS_CERT_FILE',
  ],
  [
    /before secure TLS connection|wrong version number|packet length too long|connect ETIMEDOUT/i,
    'nobody answers there, or not with TLS: check host and port, REFOLD_KAFKA_TLS and rediss://',
  ],
  [
    /SASL \S+( \S+)? authentication failed|SASL_AUTHENTICATION_FAILED/i,
    'check REFOLD_KAFKA_SASL_USERNAME, REFOLD_KAFKA_SASL_PASSWORD and the mechanism',
  ],
  [/WRONGPASS|NOAUTH/, 'check REFOLD_REDIS_USERNAME and REFOLD_REDIS_PASSWORD'],
  [/NOPERM|AUTHORIZATION_FAILED|not authorized/i, 'grant the rights that docs/security.md lists'],
];

/** A reason in words, with what to change behind it where that is known and it does not say so itself. */
export function withAdvice(reason: string): string {
  if (reason.includes('docs/')) return reason;
  const advice = ADVICE.find(([about]) => about.test(reason))?.[1];
  return advice === undefined ? reason : `${reason} (${advice})`;
}
