-- One run of wrk, told as one line: key=value pairs, latencies in µs.  With
-- the argument "POST" each request is a purchase and statuses are counted.

local threads = {}

function setup(thread)
    table.insert(threads, thread)
end

function init(args)
    sold, refused, failed = 0, 0, 0

    if args[1] == "POST" then
        wrk.method = "POST"
        -- Looking at each answer costs wrk time, so only where it is needed.
        response = function(status)
            if status == 200 then
                sold = sold + 1
            elseif status == 409 then
                refused = refused + 1
            else
                failed = failed + 1
            end
        end
    end
end

function done(summary, latency, requests)
    local count = { sold = 0, refused = 0, failed = 0 }

    for _, thread in ipairs(threads) do
        for name in pairs(count) do
            count[name] = count[name] + (thread:get(name) or 0)
        end
    end

    local errors = summary.errors
    print(string.format(
        "RESULT requests=%d us=%d p50=%d p99=%d status=%d broken=%d "
        .. "sold=%d refused=%d failed=%d",
        summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        count.sold, count.refused, count.failed))
end
