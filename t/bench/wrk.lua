-- One run of wrk, told as one line: key=value pairs, latencies in µs.
--
--   -- FILE [KEY]   purchases of the products whose paths FILE lists, drawn at
--                   random, each with an Idempotency-Key of its own if KEY is
--                   given, which no other run may have; statuses are counted
--
-- Without arguments: GET of the path.

local threads = {}

function setup(thread)
    thread:set("number", #threads)
    table.insert(threads, thread)
end

local function lines_of(name)
    local lines = {}

    for line in io.lines(name) do
        table.insert(lines, line)
    end

    return lines
end

-- Looking at each answer costs wrk time, so only where it is needed.
local function count(status)
    if status == 200 then
        sold = sold + 1
    elseif status == 409 then
        refused = refused + 1
    else
        failed = failed + 1
    end
end

-- Made once: what is left for each request is to draw one.
local function unkeyed(paths)
    local texts = {}

    for i, path in ipairs(paths) do
        texts[i] = wrk.format("POST", path)
    end

    return function()
        return texts[math.random(#texts)]
    end
end

-- The server hashes keys: a number is as random to it as anything.
local function keyed(paths, key)
    local heads, tails, last = {}, {}, 0
    local mark = "KEY"

    for i, path in ipairs(paths) do
        local text = wrk.format("POST", path, { ["Idempotency-Key"] = mark })
        local from, to = text:find(mark, 1, true)

        -- wrk.format knows only the headers that it is given
        heads[i] = text:sub(1, from - 1) .. '"' .. key .. "-" .. number .. "-"
        tails[i] = '"' .. text:sub(to + 1)
    end

    return function()
        local i = math.random(#heads)

        last = last + 1
        return heads[i] .. last .. tails[i]
    end
end

function init(args)
    sold, refused, failed = 0, 0, 0

    if args[1] then
        local paths = lines_of(args[1])

        math.randomseed(os.time() + number)
        wrk.headers["Host"] = wrk.host .. ":" .. wrk.port
        request = args[2] and keyed(paths, args[2]) or unkeyed(paths)
        response = count
    end
end

function done(summary, latency, requests)
    local total = { sold = 0, refused = 0, failed = 0 }

    for _, thread in ipairs(threads) do
        for name in pairs(total) do
            total[name] = total[name] + (thread:get(name) or 0)
        end
    end

    local errors = summary.errors
    print(string.format(
        "RESULT requests=%d us=%d p50=%d p99=%d status=%d broken=%d "
        .. "sold=%d refused=%d failed=%d",
        summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        total.sold, total.refused, total.failed))
end
