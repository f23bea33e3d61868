import { Router } from 'express';
import { serve, setup } from 'swagger-ui-express';
import { describeApi } from './openapi.ts';
import type { Route } from './route.ts';

/** The contract as OpenAPI 3.1, and a page to read and try it; both need nothing from elsewhere. */
export function docsRoutes(routes: readonly Route[]): Router {
  const document = describeApi(routes);
  const router = Router();
  router.get('/openapi.json', (_, response) => {
    response.json(document);
  });
  router.use('/docs', serve, setup(document, { customSiteTitle: 'After-sales API' }));
  return router;
}
