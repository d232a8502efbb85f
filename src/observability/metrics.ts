import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Violation } from '../errors/violation.ts'
import type { AuditMeter } from './audit-trail.ts'
import { CallerLabels } from './caller-labels.ts'

/** Counts what became of events. */
export interface EventMeter {
  count(outcome: string): void
  /** `version` of the schema; null of a topic without one. */
  countDeprecated(topic: string, version: number | null, events: number): void
}

/** Counts which rules events break, and whose events. */
export interface RuleMeter {
  countRefused(caller: string, violations: readonly Violation[]): void
}

/** Numbers that are read when they are scraped. */
export interface Readings {
  eventsInFlight: () => number
  bytesInFlight: () => number
  readers: () => number
  readsWaiting: () => number
  producers: () => number
  catchUpReaders: () => number
  tails: () => number
  streams: () => number
  followedTopics: () => number
  liveReplicas: () => number
  auditWaiting: () => number
  contractsDrifted: () => number
}

/** The same of the listener. */
export interface ListenerReadings {
  connections: () => number
  /** Seconds since 1970. Undefined where there is no certificate. */
  certificateEndsAt: (() => number) | undefined
}

const cutReasons = ['limit', 'tls', 'headers-late', 'malformed', 'answer-unread'] as const

/** Why the gateway ended a connection. */
export type CutReason = (typeof cutReasons)[number]

interface RequestMeter {
  requests: Counter.Internal
  durations: Histogram.Internal<'operation'>
}

/** The process's metrics, each declared here. Labels hold names that the gateway gave or was configured with, not what a caller chose. */
export class Metrics implements EventMeter, RuleMeter, AuditMeter {
  readonly registry = new Registry()
  readonly #requests: Counter<'operation' | 'status'>
  readonly #durations: Histogram<'operation'>
  readonly #events: Counter<'outcome'>
  readonly #deprecated: Counter<'topic' | 'version'>
  readonly #quotaRefusals: Counter<'quota' | 'of'>
  readonly #audit: Counter<'result'>
  readonly #cuts: Counter<'reason'>
  readonly #broken: Counter<'rule' | 'caller'>
  readonly #kept: Counter<'result'>
  readonly #settled: Counter<'state'>
  readonly #callers = new CallerLabels()
  // The library looks a set of labels up by its text, which takes longer than counting.
  readonly #ofOutcome = new Map<string, Counter.Internal>()
  readonly #ofRequest = new Map<string, RequestMeter>()

  constructor() {
    const registers = [this.registry]
    collectDefaultMetrics({ register: this.registry })
    this.#requests = new Counter({
      name: 'headgate_requests_total',
      help: 'Requests answered',
      labelNames: ['operation', 'status'],
      registers,
    })
    this.#durations = new Histogram({
      name: 'headgate_request_duration_seconds',
      help: 'Time from the request to the end of its answer',
      labelNames: ['operation'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10, 30],
      registers,
    })
    this.#events = new Counter({
      name: 'headgate_events_total',
      help: 'Events by what became of them',
      labelNames: ['outcome'],
      registers,
    })
    this.#deprecated = new Counter({
      name: 'headgate_deprecated_events_total',
      help: 'Events judged by what their contract calls deprecated, by topic and version of the schema',
      labelNames: ['topic', 'version'],
      registers,
    })
    this.#quotaRefusals = new Counter({
      name: 'headgate_quota_refusals_total',
      help: 'Requests and streams refused because a quota is used up',
      labelNames: ['quota', 'of'],
      registers,
    })
    this.#audit = new Counter({
      name: 'headgate_audit_records_total',
      help: 'Audit records by what became of them',
      labelNames: ['result'],
      registers,
    })
    for (const result of ['written', 'dropped']) this.#audit.inc({ result }, 0)
    this.#broken = new Counter({
      name: 'headgate_events_refused_total',
      help: 'Refused events by the rules that they break, and by caller',
      labelNames: ['rule', 'caller'],
      registers,
    })
    this.#kept = new Counter({
      name: 'headgate_refusals_total',
      help: 'Refused events whose contract says to keep them, by whether they are kept',
      labelNames: ['result'],
      registers,
    })
    for (const result of ['kept', 'not-kept']) this.#kept.inc({ result }, 0)
    this.#settled = new Counter({
      name: 'headgate_refusals_settled_total',
      help: 'Refusals that were replayed or discarded',
      labelNames: ['state'],
      registers,
    })
    for (const state of ['replayed', 'discarded']) this.#settled.inc({ state }, 0)
    this.#cuts = new Counter({
      name: 'headgate_connections_cut_total',
      help: 'Connections that the gateway ended, or never began with, by why',
      labelNames: ['reason'],
      registers,
    })
    for (const reason of cutReasons) this.#cuts.inc({ reason }, 0)
  }

  countKept(isKept: boolean): void {
    this.#kept.inc({ result: isKept ? 'kept' : 'not-kept' })
  }

  countSettled(state: 'replayed' | 'discarded', refusals: number): void {
    this.#settled.inc({ state }, refusals)
  }

  /** The principals that the operator knows by name. */
  nameCallers(principals: Iterable<string>): void {
    this.#callers.name(principals)
  }

  countRefused(caller: string, violations: readonly Violation[]): void {
    const label = this.#callers.of(caller)
    for (const rule of new Set(violations.map(({ code }) => code))) this.#broken.labels(rule, label).inc()
  }

  countAudit(result: 'written' | 'dropped', records: number): void {
    this.#audit.inc({ result }, records)
  }

  cut(reason: CutReason): void {
    this.#cuts.inc({ reason })
  }

  refuseByQuota(quota: string, of: string): void {
    this.#quotaRefusals.labels(quota, of).inc()
  }

  count(outcome: string): void {
    let counter = this.#ofOutcome.get(outcome)
    if (!counter) {
      counter = this.#events.labels(outcome)
      this.#ofOutcome.set(outcome, counter)
    }
    counter.inc()
  }

  countDeprecated(topic: string, version: number | null, events: number): void {
    this.#deprecated.inc({ topic, version: version ?? 'none' }, events)
  }

  request(operation: string, status: number, seconds: number): void {
    const name = `${operation} ${status}`
    let meter = this.#ofRequest.get(name)
    if (!meter) {
      meter = {
        requests: this.#requests.labels(operation, String(status)),
        durations: this.#durations.labels(operation),
      }
      this.#ofRequest.set(name, meter)
    }
    meter.requests.inc()
    meter.durations.observe(seconds)
  }

  observe(readings: Readings): void {
    this.#gauge('headgate_events_in_flight', 'Events that Kafka has not confirmed yet', readings.eventsInFlight)
    this.#gauge('headgate_bytes_in_flight', 'Their bytes', readings.bytesInFlight)
    this.#gauge('headgate_kafka_readers', 'Consumers open for reads by cursor', readings.readers)
    this.#gauge('headgate_reads_waiting', 'Reads that wait for an event', readings.readsWaiting)
    this.#gauge('headgate_kafka_producers', 'Producers open', readings.producers)
    this.#gauge('headgate_kafka_catch_up_readers', 'Consumers open for streams in the past', readings.catchUpReaders)
    this.#gauge('headgate_kafka_tails', 'Consumers open that follow the ends of topics', readings.tails)
    this.#gauge('headgate_streams_open', 'Streams open', readings.streams)
    this.#gauge('headgate_topics_followed', 'Topics whose ends are followed for streams', readings.followedTopics)
    this.#gauge(
      'headgate_replicas_live',
      'Replicas that quotas are divided by, this one included',
      readings.liveReplicas,
    )
    this.#gauge('headgate_audit_records_waiting', 'Audit records that wait for Kafka', readings.auditWaiting)
    this.#gauge(
      'headgate_contracts_drifted',
      'Contracts whose file is not what was recorded of it',
      readings.contractsDrifted,
    )
  }

  observeListener({ connections, certificateEndsAt }: ListenerReadings): void {
    this.#gauge('headgate_connections_open', 'Connections open', connections)
    if (!certificateEndsAt) return
    const help = 'When the certificate in use expires, in seconds since 1970'
    this.#gauge('headgate_certificate_expiry_timestamp_seconds', help, certificateEndsAt)
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read())
      },
    })
  }
}
