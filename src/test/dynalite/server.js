// Dynalite on the loopback port that it is told, or a free one, which it prints, with two operations that it lacks: time
// to live (told, not done, as DynamoDB may take days) and TransactWriteItems. Ends when its standard input does.
'use strict'
const { EventEmitter } = require('events')
const http = require('http')
const dynalite = require('dynalite')

const inner = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
const ttl = new Map()
let underWay = 0
let exclusive = false
const waiting = []

const own = { UpdateTimeToLive: updateTtl, DescribeTimeToLive: describeTtl, TransactWriteItems: transact }

const outer = http.createServer((req, res) => {
  waiting.push(() => start(req, res))
  next()
})

function next () {
  while (waiting.length > 0 && !exclusive) waiting.shift()()
}

function start (req, res) {
  const action = String(req.headers['x-amz-target']).split('.')[1]
  if (!own[action]) {
    underWay++
    res.on('close', () => { underWay--; next() })
    inner.emit('request', req, res)
    return
  }
  const chunks = []
  req.on('data', chunk => chunks.push(chunk))
  req.on('end', async () => {
    const [status, body] = await own[action](JSON.parse(Buffer.concat(chunks)), req.headers)
    const text = JSON.stringify(body)
    res.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0', 'x-amzn-RequestId': 'own', 'Content-Length': Buffer.byteLength(text) })
    res.end(text)
  })
}

// Without a connection: a transaction makes three calls an item.
function call (action, body, headers) {
  return new Promise(resolve => {
    const req = new EventEmitter()
    req.method = 'POST'
    req.url = '/'
    req.headers = {
      'x-amz-target': 'DynamoDB_20120810.' + action,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-date': headers['x-amz-date'],
      authorization: headers.authorization
    }
    const res = {
      statusCode: 200,
      setHeader () {},
      end (text) { resolve([this.statusCode, JSON.parse(text)]) }
    }
    inner.emit('request', req, res)
    req.emit('data', Buffer.from(JSON.stringify(body)))
    req.emit('end')
  })
}

function error (type, message, more) {
  return [400, { __type: 'com.amazonaws.dynamodb.v20120810#' + type, message, Message: message, ...more }]
}

async function updateTtl (body, headers) {
  const [status, found] = await call('DescribeTable', { TableName: body.TableName }, headers)
  if (status !== 200) return [status, found]
  const wanted = body.TimeToLiveSpecification
  if (ttl.has(body.TableName) === wanted.Enabled) {
    return error('ValidationException', 'TimeToLive is already ' + (wanted.Enabled ? 'enabled' : 'disabled'))
  }
  if (wanted.Enabled) ttl.set(body.TableName, wanted.AttributeName)
  else ttl.delete(body.TableName)
  return [200, { TimeToLiveSpecification: wanted }]
}

async function describeTtl (body, headers) {
  const [status, found] = await call('DescribeTable', { TableName: body.TableName }, headers)
  if (status !== 200) return [status, found]
  const attribute = ttl.get(body.TableName)
  return [200, {
    TimeToLiveDescription: attribute
      ? { TimeToLiveStatus: 'ENABLED', AttributeName: attribute }
      : { TimeToLiveStatus: 'DISABLED' }
  }]
}

// All or nothing: nobody else is served meanwhile, and what was done is undone when a condition is not met.
async function transact (body, headers) {
  while (exclusive || underWay > 0) await new Promise(resolve => setImmediate(resolve))
  exclusive = true
  try {
    const items = body.TransactItems
    if (items.length === 0 || items.length > 100) {
      return error('ValidationException', 'Member must have length less than or equal to 100')
    }
    const done = []
    const keys = new Set()
    for (let i = 0; i < items.length; i++) {
      const step = await plan(items[i], headers)
      const name = step.table + JSON.stringify(Object.entries(step.key).sort())
      if (keys.has(name)) {
        return await undo(done, headers, error('ValidationException',
          'Transaction request cannot include multiple operations on one item'))
      }
      keys.add(name)
      const before = (await call('GetItem', { TableName: step.table, Key: step.key, ConsistentRead: true }, headers))[1]
      const [status, answer] = await call(step.action, { ...step.body, ReturnConsumedCapacity: 'TOTAL' }, headers)
      if (status !== 200) {
        const isCondition = String(answer.__type).includes('ConditionalCheckFailedException')
        const reasons = items.map((item, k) => k !== i
          ? { Code: 'None' }
          : {
              Code: isCondition ? 'ConditionalCheckFailed' : 'ValidationError',
              Message: answer.message,
              ...(isCondition && step.returns && before.Item ? { Item: before.Item } : {})
            })
        return await undo(done, headers, error('TransactionCanceledException',
          'Transaction cancelled, please refer cancellation reasons for specific reasons [' +
          reasons.map(r => r.Code).join(', ') + ']', { CancellationReasons: reasons }))
      }
      const units = 2 * answer.ConsumedCapacity.CapacityUnits // a transaction costs twice
      done.push({ ...step, before: before.Item, cost: { TableName: step.table, CapacityUnits: units } })
      if (step.isCheck && !before.Item) {
        await call('DeleteItem', { TableName: step.table, Key: step.key }, headers)
      }
    }
    return [200, body.ReturnConsumedCapacity === 'TOTAL' ? { ConsumedCapacity: done.map(d => d.cost) } : {}]
  } finally {
    exclusive = false
    next()
  }
}

async function plan (item, headers) {
  const [kind, of] = Object.entries(item)[0]
  const { ReturnValuesOnConditionCheckFailure: returns, ...body } = of
  const isCheck = kind === 'ConditionCheck' // an update that changes nothing
  const action = isCheck ? 'UpdateItem' : kind + 'Item'
  let key = body.Key
  if (kind === 'Put') {
    const table = (await call('DescribeTable', { TableName: body.TableName }, headers))[1].Table
    key = Object.fromEntries((table ? table.KeySchema : []).map(k => [k.AttributeName, body.Item[k.AttributeName]]))
  }
  return { table: body.TableName, action, body, key, isCheck, returns: returns === 'ALL_OLD' }
}

async function undo (done, headers, answer) {
  for (const step of done.reverse()) {
    await (step.before
      ? call('PutItem', { TableName: step.table, Item: step.before }, headers)
      : call('DeleteItem', { TableName: step.table, Key: step.key }, headers))
  }
  return answer
}

// Dynalite takes a client that goes away in the middle of a request for a bug.
process.on('uncaughtException', e => {
  if (e.code !== 'ECONNRESET' && e.code !== 'EPIPE') {
    console.error(e)
    process.exit(1)
  }
})
process.stdin.resume()
process.stdin.on('end', () => process.exit())
outer.listen(Number(process.argv[2] || 0), '127.0.0.1', () => console.log(outer.address().port))
