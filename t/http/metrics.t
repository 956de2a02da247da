# inventory_metrics: what is counted is what was asked, over workers, reloads and
# deaths of workers; and nothing that a client makes up adds a series.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep);

use Inv::HTTP;
use Inv::Metrics;
use Inv::Test;

my $requests  = 'inventory_http_requests_total';
my $durations = 'inventory_http_request_duration_seconds';

my $t = Inv::Test->new;
# Everybody has a share of the connections.
my @part = (
    listen    => '127.0.0.1:%%PORT%% reuseport',
    locations => <<'EOT',
        location /api/ { inventory_api; }
        location /denied/ { inventory_api; deny all; }
        location /dropped/ { inventory_api; access_log off; return 444; }
        location /health { inventory_health; }
        location /metrics { inventory_metrics; }
        location /zipped { inventory_metrics; gzip on; gzip_types text/plain; }
EOT
);
$t->run(@part);

sub scrape {
    my (@opt) = @_;
    return Inv::Metrics->new($t->get('/metrics', @opt));
}

# A request is counted when its response is out, which its client knows first.
sub comes_to {
    my ($n, $metric, %labels) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $name = join ' ', $metric, map {"$_=$labels{$_}"} sort keys %labels;
    my $got = 'nothing';
    wait_until(sub { ($got = scrape()->value($metric, %labels)) == $n }, 10);
    return is($got, $n, "$n: $name");
}

# The face itself.
{
    my $r = $t->get('/metrics');
    $t->status_is($r, 200, 'GET');
    is($r->header('Content-Type'), 'text/plain; version=0.0.4; charset=utf-8',
        'Content-Type');
    like($r->body, qr/\n\z/, 'the last line ends');
    is($r->header('Content-Length'), length $r->body, 'Content-Length');
    my $head = $t->head('/metrics');
    $t->status_is($head, 200, 'HEAD');
    is($head->body, '', 'has no body');
    is($t->get('/metrics/')->status, 200, 'with a slash');
    $t->problem_is($t->get('/metrics/none'), 404, 'not-found');
    $r = $t->request(POST => '/metrics', json => {});
    $t->problem_is($r, 405, 'method-not-allowed');
    is(join(' ', sort split /,\s*/, $r->header('Allow')), 'GET HEAD OPTIONS',
        'Allow');
    is($t->request(OPTIONS => '/metrics')->status, 204, 'OPTIONS');
    is($t->get('/zipped', headers => [ 'Accept-Encoding' => 'gzip' ])
            ->header('Content-Encoding'), 'gzip', 'it can be compressed');
    comes_to(1, $requests, face => 'metrics', method => 'HEAD', status => 200,
        route => '/');
    comes_to(1, $requests, face => 'metrics', method => 'other', status => 405,
        route => '/');
    comes_to(1, $requests, face => 'metrics', status => 404, route => 'other');
}

# Requests, by face, method, route and status.
my $product = $t->create(stock => 3, sku => 'COUNTED');
{
    my $path = $t->path($product);
    $t->all(map { [ GET => $path ] } 1 .. 40);
    $t->all(map { [ HEAD => $path ] } 1 .. 5);
    $t->all(map { [ GET => '/api/products/' . ('0' x 24) ] } 1 .. 4);
    $t->all(map { [ GET => '/api/products/sku/COUNTED' ] } 1 .. 3);
    $t->all(map { [ POST => "$path/purchase", json => { quantity => 1 } ] }
            1 .. 8);
    $t->patch($path, { name => 'Another' });
    $t->request(PATCH => $path, body => '{', type => 'application/json');
    $t->request(PUT => "$path/purchase", json => {});
    $t->all(map { [ GET => "/denied/products?limit=$_" ] } 1 .. 3);
    $t->get('/health/live');
    eval { $t->get('/dropped/products') };

    my %of = (face => 'api', route => '/products/{id}');
    comes_to(40, $requests, %of, method => 'GET',   status => 200);
    comes_to(4,  $requests, %of, method => 'GET',   status => 404);
    comes_to(5,  $requests, %of, method => 'HEAD',  status => 200);
    comes_to(1,  $requests, %of, method => 'PATCH', status => 200);
    comes_to(1,  $requests, %of, method => 'PATCH', status => 400);
    $of{route} = '/products/{id}/purchase';
    comes_to(3, $requests, %of, method => 'POST',  status => 200);
    comes_to(5, $requests, %of, method => 'POST',  status => 409);
    comes_to(1, $requests, %of, method => 'other', status => 405);
    comes_to(3, $requests, face => 'api', route => '/products/sku/{sku}',
        status => 200);
    comes_to(3, $requests, face => 'api', route => '/products',
        status => 403);
    comes_to(1, $requests, face => 'health', route => '/live', status => 200);
    # before the module has seen it, and whatever the access log says
    comes_to(1, $requests, face => 'api', route => '/products',
        status => 'other');

    my $m = scrape();
    is($m->value("${durations}_count", route => '/products/{id}'), 51,
        'each has a duration');
    is($m->value("${durations}_bucket", route => '/products/{id}', le => '+Inf'),
        51, 'all of them are in the last bucket');
    is($m->value('inventory_actions_total', action => 'move', verdict => 'ok'),
        3, 'purchases');
    is($m->value('inventory_stock_guard_events_total', event => 'out_of_stock'),
        5, 'refusals');
    is($m->value('inventory_stock_guard_events_total', event => 'doubt'), 0,
        'no doubts');
    cmp_ok($m->value('inventory_cache_reads_total', result => 'found'), '>=', 45,
        'reads of what is there');
    is($m->value('inventory_cache_reads_total', result => 'absent'), 4,
        'reads of what is not');
    is($m->value('inventory_mongo_up'), 1, 'MongoDB is there');
    is($m->value('inventory_breaker_state', state => 'closed'), 1, 'closed');
    cmp_ok($m->value('inventory_zone_entries', shelf => 'products'), '>', 0,
        'there are copies');
    comes_to(0, 'inventory_outbox_entries');
}

# Histograms are what they have to be.
{
    my $m = scrape();
    my @wrong;
    my %type = $m->types;
    my %count;
    for my $family (grep { $type{$_} eq 'histogram' } keys %type) {
        for my $sample ($m->samples("${family}_bucket")) {
            my %labels = %{ $sample->{labels} };
            my $le = delete $labels{le};
            my $key = join ' ', $family, map {"$_=$labels{$_}"} sort keys %labels;
            push @wrong, "$key goes down at $le"
                if $sample->{value} < ($count{$key} // 0);
            $count{$key} = $sample->{value};
            push @wrong, "$key: not its count"
                if $le eq '+Inf'
                && $sample->{value} != $m->value("${family}_count", %labels);
        }
    }
    is(join("\n", @wrong), '', 'histograms grow to their count');
    cmp_ok(scalar keys %count, '>', 10, 'there are some');
}

# Idempotency keys; one statement for many.
{
    my $stock = $t->create(stock => 1000);
    my @key = (headers => [ 'Idempotency-Key' => 'one' ]);
    my $path = $t->path($stock, 'purchase');
    $t->post($path, { quantity => 1 }, @key) for 1 .. 3;
    $t->post($path, { quantity => 2 }, @key);
    comes_to(2, 'inventory_idempotency_keys_total', event => 'replayed');
    comes_to(1, 'inventory_idempotency_keys_total', event => 'conflict');

    my $before = scrape();
    my @answers = $t->all(
        map { [ POST => $path, json => { quantity => 1 } ] } 1 .. 100);
    is($t->tally(@answers)->{200}, 100, 'a hundred purchases');
    my $after = scrape();
    my $more = sub {
        my ($metric, %labels) = @_;
        return $after->value($metric, %labels)
            - $before->value($metric, %labels);
    };
    my $batches = $more->('inventory_stock_batch_operations_count');
    cmp_ok($more->('inventory_stock_batch_operations_sum'), '>=', 100,
        'all were in statements');
    cmp_ok($batches, '<', 100, "of which there were $batches only");
    cmp_ok($more->('inventory_job_duration_seconds_count', lane => 'stock'),
        '>=', 1, 'and jobs');
}

# No client adds a series.
{
    my $before = scrape()->samples($requests);
    my @odd = map { ("/api/x$_", "/api/products/$_/buy", "/health/y$_",
        "/api/products/sku/S%20$_", "/api/%22%7B$_\n") } 1 .. 30;
    s/\n/%0A/ for @odd;
    my @methods = ('GET', 'POST', 'PROPFIND', 'LOCK', map {"M$_"} 1 .. 20);
    $t->all(map { [ $methods[ $_ % @methods ] => $odd[ $_ % @odd ] ] } 0 .. 299);
    $t->all(map { [ $methods[ $_ % @methods ] => $odd[ $_ % @odd ] ] } 0 .. 299);
    sleep 0.2;
    my $series = scrape()->samples($requests);
    cmp_ok($series - $before, '<', 20, 'random paths and methods: few series');
    is(scrape()->samples($requests, route => $_), 0, "none of $_")
        for @odd[ 0 .. 4 ];
}

# While there is load every scrape is whole, and counts only grow.
{
    my ($sent, $wrong, $last, $scrapes) = (0, 0, 0, 0);
    my $before = scrape()->value($requests, method => 'GET',
        route => '/products/{id}', status => 200);
    my $load = request_text(GET => $t->path($product), keepalive => 1);
    my $look = request_text(GET => '/metrics', keepalive => 1);
    drive(
        connections => 16,
        request     => sub {
            return if $sent >= 4000;
            my $metrics = $sent++ % 100 == 0;
            return {
                port    => $t->port,
                method  => 'GET',
                text    => $metrics ? $look : $load,
                metrics => $metrics,
            };
        },
        response => sub {
            my ($r, $request) = @_;
            return $wrong += $r->status != 200 if !$request->{metrics};
            my $now = eval {
                Inv::Metrics->new($r)->value($requests, status => 200);
            };
            $wrong++ if !defined $now;
            $scrapes++;
        },
    );
    is($wrong, 0, "$scrapes scrapes within 4000 requests");
    comes_to($before + 3960, $requests, method => 'GET',
        route => '/products/{id}', status => 200);
}

# A reload keeps the counts; a worker that is killed is replaced, its counts
# stay, and what it said of itself is forgotten.
{
    my $before = scrape();
    ok($t->nginx->reload, 'reloaded');
    my $after = scrape();
    is($after->value('inventory_start_time_seconds'),
        $before->value('inventory_start_time_seconds'), 'begun at one time');
    is($after->value($requests, route => '/products/{id}'),
        $before->value($requests, route => '/products/{id}'), 'counts are kept');
    comes_to(2, 'inventory_workers');
    comes_to(4, 'inventory_worker_starts_total');
    comes_to(2, 'inventory_redis_connected_workers');

    $t->nginx->allow(qr/worker process \d+ exited on signal 9/);
    my ($pid) = $t->nginx->workers;
    kill KILL => $pid;
    comes_to(5, 'inventory_worker_starts_total');
    comes_to(2, 'inventory_workers');
    comes_to(2, 'inventory_redis_connected_workers');
    is(scrape()->value($requests, route => '/products/{id}'),
        $before->value($requests, route => '/products/{id}'), 'counts are kept');
}

# Whatever stands in the URL of a Redis, only the place of it is told.
{
    $t->run_beside('secret', locations => $part[3], directives => <<'EOT');
    inventory_mongo "%%MONGO%%";
    inventory_redis "redis://shopkeeper:hunter2@127.0.0.1:1/3"
        "unix://:hunter2@/tmp/no%22such%5Csocket";
EOT
    my $r = $t->get('/metrics', port => $t->port('secret'));
    unlike($r->body, qr/hunter2|shopkeeper/, 'no user and no password');
    my $m = Inv::Metrics->new($r);
    is($m->samples('inventory_redis_connected_workers',
            server => '127.0.0.1:1/3'), 1, 'a host, a port, a database');
    is($m->samples('inventory_redis_connected_workers',
            server => 'unix:/tmp/no\\"such\\\\socket'), 1, 'a path, escaped');
    is($m->value('inventory_redis_connected_workers'), 0, 'neither is there');
}

$t->done;
