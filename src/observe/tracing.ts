import { type Attributes, context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { Resource } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry/lib/client/index.js';
import { OpenTelemetryActivityInboundInterceptor } from '@temporalio/interceptors-opentelemetry/lib/worker/index.js';
import { safeError } from './log.ts';

/** A call that has begun; ended with an error where it failed. */
export type EndOfCall = (error?: unknown) => void;

/**
 * Traces of this process, sent to an OpenTelemetry collector at `endpoint` by OTLP over HTTP. Spans tell routes, ids, and names of
 * operations and collections; never a body, a query or a document.
 */
export function startTracing(role: 'api' | 'worker', endpoint: string) {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const provider = new NodeTracerProvider({
    resource: new Resource({ [ATTR_SERVICE_NAME]: `aftersales-${role}` }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  // context by async hooks, W3C `traceparent`
  provider.register();
  const tracer = trace.getTracer('aftersales');

  return {
    /** Runs a request in a span of its own, a child of what its headers name. The caller ends the span. */
    request<T>(name: string, headers: Record<string, unknown>, run: (span: Span) => T): T {
      const from = propagation.extract(context.active(), headers);
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, from);
      return context.with(trace.setSpan(from, span), () => run(span));
    },

    /** Ends a request's span with its route and status. */
    endRequest(span: Span, { name, ...attributes }: { name: string } & Attributes): void {
      span.updateName(name);
      span.setAttributes(attributes);
      const status = attributes['http.response.status_code'];
      if (typeof status === 'number' && status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },

    /** Traces a call of the database, as part of a request or an activity; what runs beside those has no trace. */
    databaseCall(this: void, operation: string, collection: string | undefined): EndOfCall | undefined {
      if (!trace.getActiveSpan()) return undefined;
      const attributes: Attributes = { 'db.system': 'mongodb', 'db.operation.name': operation };
      if (collection) attributes['db.collection.name'] = collection;
      const name = collection ? `mongodb ${operation} ${collection}` : `mongodb ${operation}`;
      const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes });
      return (error) => end(span, error);
    },

    /** `fetch` that passes the trace on, for calls of the payment provider. */
    fetch: ((input: URL, init: RequestInit = {}) => {
      const method = init.method ?? 'GET';
      // the first part of the path only: what follows may be a key
      const route = `/${input.pathname.split('/')[1] ?? ''}`;
      const span = tracer.startSpan(`${method} provider ${route}`, {
        kind: SpanKind.CLIENT,
        attributes: { 'http.request.method': method, 'server.address': input.host, 'url.path': route },
      });
      const called = trace.setSpan(context.active(), span);
      const headers: Record<string, string> = {};
      propagation.inject(called, headers);
      return context.with(called, async () => {
        try {
          const response = await fetch(input, { ...init, headers: { ...(init.headers as object), ...headers } });
          span.setAttribute('http.response.status_code', response.status);
          end(span);
          return response;
        } catch (error) {
          end(span, error);
          throw error;
        }
      });
    }) as typeof fetch,

    clientInterceptors: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] },
    activityInterceptor: (ctx: ConstructorParameters<typeof OpenTelemetryActivityInboundInterceptor>[0]) => ({
      inbound: new OpenTelemetryActivityInboundInterceptor(ctx),
    }),

    /** The trace that what runs now belongs to, for its log lines. */
    traceId: (): { traceId?: string } => {
      const traceId = trace.getActiveSpan()?.spanContext().traceId;
      return traceId ? { traceId } : {};
    },

    /** Sends what has not been sent yet; a collector that is away keeps nobody from stopping. */
    stop: () => provider.shutdown().catch(() => undefined),
  };
}
export type Tracing = ReturnType<typeof startTracing>;

function end(span: Span, error?: unknown): void {
  if (error !== undefined) {
    const told = safeError(error);
    span.setStatus({ code: SpanStatusCode.ERROR, ...(told ? { message: told.message } : {}) });
  }
  span.end();
}
