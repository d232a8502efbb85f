/**
 * The local OAuth 2 issuer: client credentials only, any scope that is asked for, access tokens as RS256-signed JWTs.
 * A program of its own, so that it can be killed and restarted like any other part. For local use and tests.
 */
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'
import { issuerSecrets } from './issuer-secrets.ts'

const {
  HEADGATE_LOCAL_ISSUER_HOST: host = '127.0.0.1',
  HEADGATE_LOCAL_ISSUER_PORT: port = '8082',
  HEADGATE_LOCAL_ISSUER_URL: url = `http://127.0.0.1:${port}`,
  HEADGATE_LOCAL_ISSUER_AUDIENCE: audience = 'urn:headgate:local',
  HEADGATE_LOCAL_ISSUER_FILE: file = 'issuer.json',
  HEADGATE_LOCAL_TOKEN_SECONDS: defaultSeconds = '3600',
} = process.env

const { clientId, clientSecret, keys } = issuerSecrets(file)

const provider = new Provider(url, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    },
  ],
  jwks: { keys },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      getResourceServerInfo: (context) => ({
        scope: context.oidc.params?.scope ?? '',
        audience,
        accessTokenTTL: Number(context.get('token-seconds') || defaultSeconds),
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
})

const server = createServer(provider.callback())
server.listen(Number(port), host)

process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
