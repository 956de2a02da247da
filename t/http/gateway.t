# The gateway of conf/nginx.example.conf: TLS, HTTP/2, headers, CORS, gzip, what
# it refuses and how, mutual TLS, limits, traces and logs.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Path qw(make_path);
use Test::More;

use Inv::Books qw(operations);
use Inv::Gateway;
use Inv::Process;
use Inv::Test;
use Inv::Watched;

my $t = Inv::Test->new;
my $database = watch($t);
my $gateway = Inv::Gateway->new($t)->start;
my $product = $gateway->create(stock => 1000, description => 'x' x 2000);
my $path = "/api/products/$product->{id}";
my $customer = [ Authorization => 'Bearer alice' ];

sub world { my (@words) = @_; return $gateway->request(@words) }

sub service {
    my (@words) = @_;
    return $gateway->request(@words, server => 'services');
}

# From an address of its own, so that no limit counts it with others.
my ($addresses, $floods) = (0, 0);
sub from { return ('X-Forwarded-For' => '198.51.100.' . ++$addresses) }

# A problem of the edge's own: as the API's, its path included.
sub refused {
    my ($r, $status, $slug, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return $t->problem_is($r, $status, $slug, $name);
}

# TLS and HTTP/2
for my $version (qw(1.2 1.3)) {
    my $r = world(GET => $path,
        curl => [ '--http2', "--tlsv$version", '--tls-max', $version ]);
    $t->status_is($r, 200, "TLS $version");
    is($r->{protocol}, '2', "TLS $version: HTTP/2");
}
is(world(GET => $path, curl => ['--http1.1'])->{protocol}, '1.1', 'HTTP/1.1');

# What openssl says of a handshake.
sub handshake {
    my ($server, @words) = @_;
    my $log = $t->dir . '/handshake.log';
    unlink $log;
    my $process = Inv::Process->start($log, 'openssl', 's_client', '-connect',
        '127.0.0.1:' . $t->port("one_$server"), @words);
    $process->wait_end(10);
    return $process->output;
}
like(handshake('world', '-servername', 'shop.example', '-tls1_1', '-cipher',
        'ALL:@SECLEVEL=0'), qr/alert protocol version/, 'not TLS 1.1');
like(handshake('world', '-servername', 'shop.example', '-tls1_2', '-cipher',
        'AES128-SHA'), qr/alert handshake failure/,
    'not without forward secrecy');
like(handshake('world', '-servername', 'other.example'),
    qr/unrecognized name/, 'not by another name');
my $misled = world(GET => $path, headers => [ Host => 'other.example' ]);
refused($misled, 421, 'bad-request', 'nor by another name in the request');
is($misled->header('X-Content-Type-Options'), 'nosniff', 'which is no page');
unlike(handshake('world', '-servername', 'shop.example', '-tls1_2'),
    qr/session ticket:/i, 'no tickets');

# Port 80
my $plain = world(POST => '/api/products?a=1', server => 'plain');
$t->status_is($plain, 308, 'port 80 sends on');
is($plain->header('Location'), 'https://shop.example/api/products?a=1',
    'to the same URI');
make_path($t->dir . '/acme/.well-known/acme-challenge');
$t->write_file('acme/.well-known/acme-challenge/token', 'proof');
is(world(GET => '/.well-known/acme-challenge/token', server => 'plain')->body,
    'proof', 'but answers challenges');

# Headers: what helmet sets, once each, whatever the answer.
my %always = (
    'Cross-Origin-Opener-Policy'        => 'same-origin',
    'Cross-Origin-Resource-Policy'      => 'same-origin',
    'Origin-Agent-Cluster'              => '?1',
    'Referrer-Policy'                   => 'no-referrer',
    'Strict-Transport-Security' => 'max-age=31536000; includeSubDomains',
    'X-Content-Type-Options'            => 'nosniff',
    'X-DNS-Prefetch-Control'            => 'off',
    'X-Download-Options'                => 'noopen',
    'X-Frame-Options'                   => 'SAMEORIGIN',
    'X-Permitted-Cross-Domain-Policies' => 'none',
    'X-XSS-Protection'                  => '0',
);
my $data_only = "default-src 'none'; base-uri 'none'; form-action 'none'; "
    . "frame-ancestors 'none'";

sub headers_are {
    my ($r, $status, $name, $policy) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @wrong = map {"$_: " . ($r->header($_) // 'none')}
        grep { ($r->header($_) // '') ne $always{$_} } sort keys %always;
    push @wrong, 'status ' . $r->status if $r->status != $status;
    push @wrong, 'Content-Security-Policy: ' . $r->header('Content-Security-Policy')
        if $r->header('Content-Security-Policy') ne ($policy // $data_only);
    push @wrong, 'Trace-Id' if ($r->header('Trace-Id') // '') !~ /^[0-9a-f]{32}$/;
    push @wrong, 'Vary'     if ($r->header('Vary') // '') !~ /\bOrigin\b/;
    push @wrong, grep { defined $r->header($_) } 'X-Powered-By';
    push @wrong, 'Server: ' . $r->header('Server')
        if $r->header('Server') ne 'nginx';
    is(join("\n", @wrong), '', "headers: $name");
    return;
}
headers_are(world(GET => $path), 200, 'a product');
headers_are(world(GET => $path, headers => [ 'If-None-Match' => '"1"' ]), 304,
    'a product that is known');
headers_are(world(GET => '/api/products/none'), 404, 'no such product');
headers_are(world(GET => '/nothing'), 404, 'no such place');
headers_are(world(POST => "$path/purchase"), 401, 'nobody');
headers_are(world(POST => "$path/purchase", headers => $customer,
        json => { quantity => 5000 }), 409, 'too much');
headers_are(world(GET => '/api/movements'), 403, 'for services only');
headers_are(world(GET => '/users/broken'), 500, 'a broken service');
headers_are(world(GET => '/users/page'), 200, 'a page', "default-src 'self'");

# CORS
my @shop = (Origin => 'https://www.shop.example');
my $exposed = 'ETag, Trace-Id, Idempotency-Replayed, Link, Location, Retry-After';
for my $place ($path, '/api/products/none', '/nothing', '/users/me') {
    my $r = world(GET => $place, headers => [@shop]);
    is($r->header('Access-Control-Allow-Origin'), $shop[1],
        "CORS: $place may be seen");
    is($r->header('Access-Control-Expose-Headers'), $exposed, 'with headers');
    $r = world(GET => $place, headers => [ Origin => 'https://evil.example' ]);
    is($r->header('Access-Control-Allow-Origin'), undef,
        "CORS: $place not by others");
    is($r->header('Access-Control-Expose-Headers'), undef, 'with nothing');
}
for my $place ("$path/purchase", '/payments/new') {
    my @preflight = ('Access-Control-Request-Method' => 'POST');
    my $r = world(OPTIONS => $place, headers => [ @shop, @preflight ]);
    headers_are($r, 204, "a preflight to $place");
    is($r->header('Access-Control-Allow-Origin'), $shop[1], 'allowed');
    like($r->header('Access-Control-Allow-Methods'), qr/\bPOST\b/, 'to POST');
    like($r->header('Access-Control-Allow-Headers'), qr/\bIdempotency-Key\b/,
        'with a key');
    is($r->header('Access-Control-Max-Age'), 7200, 'for two hours');
    $r = world(OPTIONS => $place,
        headers => [ Origin => 'https://evil.example', @preflight ]);
    is(join(',', grep {defined} map { $r->header("Access-Control-$_") }
                qw(Allow-Origin Allow-Methods Allow-Headers Max-Age)), '',
        'not from elsewhere');
}
my $options = world(OPTIONS => $path);
like($options->header('Allow') // '', qr/\bGET\b/, 'no preflight: Allow');

# gzip
my $zipped = world(GET => $path, curl => ['--compressed']);
is($zipped->header('Content-Encoding'), 'gzip', 'compressed');
is($zipped->header('ETag'), 'W/"1"', 'with an ETag that is weak');
like($zipped->header('Vary'), qr/Accept-Encoding/, 'for who takes it');
is($zipped->json->{id}, $product->{id}, 'and whole');
is(world(GET => $path)->header('Content-Encoding'), undef, 'else not');
my $patched = service(PATCH => $path, as => 'till', json => { name => 'New' },
    headers => [ 'If-Match' => 'W/"1"' ]);
$t->status_is($patched, 200, 'a weak ETag is taken back');

# What is refused before anybody is asked.
refused(world(GET => '/nothing'), 404, 'not-found');
refused(world(GET => '/office/admin/reconcile'), 404, 'not-found',
    'no administration for the world');
refused(world(POST => '/api/admin/reconcile'), 403, 'forbidden');
refused(world(@{$_}), 403, 'forbidden', "@{$_}[0, 1] is for services") for
    [ POST   => '/api/products', json => { name => 'x', price => 1 } ],
    [ DELETE => $path ],
    [ PUT    => $path, json => { name => 'x', price => 1 } ],
    [ POST   => "$path/restock" ],
    [ GET    => "$path/movements" ],
    [ GET    => "/api/%6dovements" ],
    [ POST   => '/api/stock/batch', json => { operations => [] } ];
my $nobody = world(POST => "$path/purchase", headers => [ from() ]);
refused($nobody, 401, 'unauthorized');
is($nobody->header('WWW-Authenticate'), 'Bearer', 'and how to say it');
refused(world(POST => "$path/purchase", headers => [ @{$_}, from(),
            Authorization => 'Bearer unnamed' ]), 403, 'forbidden',
    'let in, but without a name') for [], [ 'Idempotency-Key' => 'unnamed-1' ];
refused(world(POST => "$path/purchase", headers => [ @{$customer}, from() ],
        body => ' ' x 1_100_000), 413, 'payload-too-large');
my %at_server = (
    'a long URI'     => [ 414, GET => $path . '?' . 'x' x 9000 ],
    'no Host'        => [ 400, GET => $path, headers => [ Host => '' ] ],
    'no method'      => [ 400, 'g@t' => $path ],
    'a long header'  => [ 431, GET => $path, headers => [ 'X-Long' => 'x' x 9000 ] ],
);
for my $name (sort keys %at_server) {
    my ($status, @request) = @{ $at_server{$name} };
    for my $server (qw(world services)) {
        my $r = $gateway->request(@request, server => $server, as => 'till',
            curl => ['--http1.1', '--path-as-is' ]);
        is($r->header('Content-Type'), 'application/problem+json',
            "$name at $server is a problem");
        is($r->status, $status, 'with its status');
        same_json([ @{ $r->json // {} }{qw(status type)} ],
            [ $status, 'urn:ngx-inventory:bad-request' ], 'said');
        is($r->json->{traceId}, $r->header('Trace-Id'), 'traced');
    }
}
refused(Inv::Gateway::curl($gateway->curl_options('one'),
        $gateway->url('one', 'world', '/x') =~ s/^https/http/r), 400,
    'bad-request', 'plain HTTP to the port of TLS');

# Mutual TLS
refused(service(GET => $path), 403, 'forbidden', 'no certificate');
refused(service(GET => $path, as => 'stranger'), 403, 'forbidden',
    'a certificate of others');
for my $version (qw(1.2 1.3)) {
    my $r = service(GET => $path, as => 'till',
        curl => [ '--http2', '--tls-max', $version ]);
    $t->status_is($r, 200, "a certificate, TLS $version");
    is($r->{protocol}, '2', 'HTTP/2');
}
my @forged = ('X-Principal' => 'CN=office,O=The Shop');
push @forged, $_ => 'mallory' for qw(X-User-Id X-Real-IP Forwarded);
$t->status_is(service(POST => "$path/restock", as => 'till',
        json => { quantity => 3 }, headers => \@forged), 200, 'a service restocks');
$t->status_is(world(POST => "$path/purchase", headers => [ @{$customer}, @forged,
        from() ], json => { quantity => 2 }), 200, 'a customer buys');
my @who = map { $_->{who} } operations($t->mongo, $product->{id});
is_deeply([ @who[ -2, -1 ] ], [ 'CN=till 7,O=The Shop', 'user:alice' ],
    'and both are known by their names');
refused(service(POST => '/office/admin/reconcile', as => 'till'), 403,
    'forbidden', 'not every service reconciles');
refused(service(POST => '/office/admin/reconcile', as => 'OFFICE'), 403,
    'forbidden', 'nor one of nearly the right name');
refused(service(POST => '/api/admin/reconcile', as => 'office'), 403, 'forbidden',
    'nor there');
$t->status_is(service(POST => '/office/admin/reconcile', as => 'office',
        json => { productId => $product->{id} }), 200, 'the office does');
refused(service(GET => '/nothing', as => 'till'), 404, 'not-found');
my $sent = service(PUT => $path, as => 'till', json => { name => 'x', price => 2 });
$t->status_is($sent, 200, 'a service replaces');
$t->status_is(service(DELETE => "/api/products/" . $gateway->create->{id},
        as => 'till'), 204, 'a service deletes');

# The node is for edges only.
my @node = ('--interface', '127.0.0.2');
same_json([ @{ world(GET => '/users/me', headers => \@forged)->json }
            {qw(principal claimed)} ], [ '', '' ], 'nobody calls itself something');
my $node = "http://127.0.0.1:" . $t->port('one');
sub at_node {
    my ($place, @words) = @_;
    return Inv::Gateway::curl(@words, "$node$place");
}
$t->status_is(at_node($path), 200, 'a node');
refused(at_node($path, @node), 403, 'forbidden', 'is not for others');
refused(at_node('/office/admin/reconcile', '-X', 'POST', @node), 403,
    'forbidden', 'nor is its administration');
$t->status_is(world(GET => '/health/ready'), 200, 'the balancer asks for health');
refused(world(GET => '/health/ready', headers => [ from() ]), 403, 'forbidden',
    'others do not');

my $r;

# The document is for all, the numbers are for one.
$r = world(GET => '/docs/openapi.json');
$t->status_is($r, 200, 'the document');
is($r->json->{openapi}, '3.1.0', 'of the API');
$r = world(GET => '/docs/');
headers_are($r, 200, 'the page over it', $r->header('Content-Security-Policy'));
like($r->header('Content-Security-Policy'), qr/^[^,]*'self'[^,]*$/,
    'with its own policy alone');
$r = at_node('/metrics');
$t->status_is($r, 200, 'metrics');
like($r->body, qr/^# TYPE inventory_/m, 'of the inventory');
refused(at_node('/metrics', @node), 403, 'forbidden', 'for Prometheus only');
refused(world(GET => '/metrics'), 404, 'not-found', 'and at no edge');

# What docs/gateway.md says to try, with the addresses of here.
sub page {
    my $file = "$FindBin::Bin/../../docs/gateway.md";
    open my $in, '<', $file or die "$file: $!\n";
    return <$in>;
}
my @lines = map { /^    (curl .*?)\s+# (\d+)$/ ? [ $1, $2 ] : () } page();
cmp_ok(scalar @lines, '>=', 10, 'the page has commands');
my %values = (id => $product->{id}, token => 'bob');
for my $line (@lines) {
    my ($command, $status) = @{$line};
    my $here = $command =~ s/\$(\w+)/$values{$1}/gr;
    $here =~ s{(?<=[ ])(\w+\.(?:crt|key))\b}{$gateway->certificate_file($1)}ge;
    $here =~ s{https://services\.shop\.example:8443}
        {$gateway->url('one', 'services', '')}e;
    $here =~ s{https://shop\.example(?=/)}{$gateway->url('one', 'world', '')}e;
    $here =~ s{http://shop\.example(?=/)}{$gateway->url('one', 'plain', '')}e;
    $here =~ s{http://127\.0\.0\.1:8081}{$node};
    my @words = $here =~ /"[^"]*"|\S+/g;
    s/^"(.*)"$/$1/ for @words;
    $r = Inv::Gateway::curl($gateway->curl_options('one'), @words[ 1 .. $#words ]);
    is($r->status, $status, $command);
}

# URIs go through as they are; what they lead to is decided decoded.  (A newer
# curl writes %2F where it was told %2f, unless it is told what to ask for.)
my %odd = ('a%20b' => 404, '%C3%A4' => 404, 'a%2Fb' => 403, '..%2f..' => 403);
for my $odd (sort keys %odd) {
    my $target = "/api/products/sku/$odd?x=%22";
    $r = world(GET => $target, curl => [ '--request-target', $target ]);
    is($r->status, $odd{$odd}, "sku $odd");
    is($r->json->{instance}, "/api/products/sku/$odd", 'as it is');
}
is(world(GET => '/users/a%20%22b?x=%22')->json->{uri}, '/users/a%20%22b?x=%22',
    'for other services, too');

# Traces: one through edge, node, answer and the other services; each line of
# the logs is JSON.
my $trace = '4bf92f3577b34da6a3ce929d0e0e4736';
my @traced = (traceparent => "00-$trace-00f067aa0ba902b7-01",
    tracestate => 'vendor=1', from());
$r = world(POST => "$path/purchase", headers => [ @{$customer}, @traced ]);
is($r->header('Trace-Id'), $trace, 'the answer has the trace');
my $passed = world(GET => '/payments/7', headers => [@traced]);
is($passed->header('Trace-Id'), $trace, 'that of another service too');
like($passed->json->{traceparent}, qr/^00-$trace-[0-9a-f]{16}-01$/,
    'and the service was told');
unlike($passed->json->{traceparent}, qr/00f067aa0ba902b7/, 'of a span of ours');
like($passed->json->{forwarded}, qr/^198\.51\.100\.\d+ https$/, 'and of the client');
is($passed->json->{host}, 'shop.example', 'and by which name');

my %line = map { $_->{serviceName} => $_ } $gateway->logged(2,
    sub { $_[0]{traceId} eq $trace && $_[0]{method} eq 'POST' });
my ($edge, $inner) = @line{qw(gateway inventory)};
is($inner->{parentId}, $edge->{spanId}, "the node's span is a child of the edge's");
is($edge->{parentId}, '00f067aa0ba902b7', "and that of the client's");
same_json([ @{$edge}{qw(level userId method path statusCode client tls)} ],
    [ 'info', 'user:alice', 'POST', "$path/purchase", 200,
        $traced[-1], 'TLSv1.3' ], 'what the edge logged');
same_json([ @{$inner}{qw(level userId method route statusCode)} ],
    [ 'info', 'user:alice', 'POST', '/api/products/{id}/purchase', 200 ],
    'what the node logged');
like($edge->{timestamp}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'when');
like($edge->{duration}, qr/^\d+(?:\.\d+)?$/, 'and for how long');
like($edge->{message}, qr{^POST $path/purchase 200$}, 'in words');
($line{refused}) = $gateway->logged(1,
    sub { $_[0]{traceId} eq $nobody->header('Trace-Id') });
same_json([ @{ $line{refused} }{qw(level method statusCode)} ],
    [ 'warn', 'POST', 401 ], 'a refusal keeps its method');

# Limits.  Many requests, a hundred at a time, by one client.
sub flood {
    my ($count, $address, $place, @words) = @_;
    my $log = $t->dir . '/flood-' . ++$floods;
    return Inv::Process->start($log, 'curl', $gateway->curl_options('one'),
        '--parallel', '--parallel-max', 100, '-s', '-o', '/dev/null',
        '-w', '%{http_code}\n', '-H', "X-Forwarded-For: $address", @words,
        $gateway->url('one', 'world', $place) . "#[1-$count]");
}

# The same, waited for: how many got which status.
sub many {
    my $process = flood(@_);
    $process->wait_end(30);
    my %count;
    $count{$_}++ for split /\n/, $process->output;
    return \%count;
}

my ($busy, $calm) = ('192.0.2.1', '192.0.2.2');
my $count = many(400, $busy, $path);
cmp_ok($count->{200}, '>=', 101, 'a burst is served');
cmp_ok($count->{429}, '>=', 1,   'what goes on is refused');
is($count->{200} + $count->{429}, 400, 'nothing else happens');
my $flood = flood(20_000, $busy, $path);
my $limited;
wait_until(
    sub {
        $limited = world(GET => $path, headers => [ 'X-Forwarded-For' => $busy,
            @shop ]);
        return $limited->status == 429;
    }
);
$t->status_is(world(GET => $path, headers => [ 'X-Forwarded-For' => $calm ]),
    200, 'another client is not concerned');
$flood->stop('KILL');
refused($limited, 429, 'rate-limited');
headers_are($limited, 429, 'a limit');
is($limited->header('Retry-After'), 1, 'when to come again');
is($limited->header('Access-Control-Allow-Origin'), $shop[1],
    'which scripts may see');
# Lists: forty at once, where of products it would be a hundred.
$count = many(100, '192.0.2.3', '/api/products');
cmp_ok($count->{200}, '>=', 41, 'a burst of lists is served');
cmp_ok($count->{429}, '>=', 1,  'more of them are refused');
is($count->{200} + $count->{429}, 100, 'nothing else happens');
$t->status_is(world(GET => $path, headers => [ 'X-Forwarded-For' => '192.0.2.3' ]),
    200, 'who may not list may look');
# What is refused, and what only a browser asks, are requests, too.
my @ask = ('-X', 'OPTIONS', '-H', "Origin: $shop[1]", '-H',
    'Access-Control-Request-Method: POST');
my %empty = (
    204 => [ $path,           @ask ],
    403 => [ '/api/movements' ],
    404 => [ '/nothing' ],
);
for my $status (sort keys %empty) {
    $count = many(400, "203.0.113." . ($status - 200), @{ $empty{$status} });
    cmp_ok($count->{$status}, '>=', 101, "a burst of $status is answered");
    cmp_ok($count->{429} // 0, '>=', 1, 'more are refused');
    is($count->{$status} + ($count->{429} // 0), 400, 'nothing else happens');
}
# Purchases, from two addresses of one IPv6 network.
my @buy = ('-X', 'POST', '-H', 'Authorization: Bearer alice');
my $first  = many(10, '2001:db8:0:1::1', "$path/purchase", @buy);
my $second = many(30, '2001:db8:0:1::2', "$path/purchase", @buy);
is($first->{200}, 10, 'ten purchases at once');
cmp_ok($second->{429}, '>=', 1, 'its neighbour buys no more');
my $other = many(10, '2001:db8:0:2::1', "$path/purchase", @buy);
is($other->{200}, 10, 'the next network does');
$t->status_is(world(GET => $path,
        headers => [ 'X-Forwarded-For' => '2001:db8:0:1::1' ]), 200,
    'who may not buy may look');

# Connections: a hundred at once.  The first ninety do not end soon.
my @slow = ('192.0.2.9', '/users/slow', '--parallel-immediate', '--http1.1');
my $slow = flood(90, @slow);
sleep 2;
$count = many(30, @slow, '--max-time', 1);
cmp_ok($count->{429}, '>=', 1, 'too many connections are refused');
like($gateway->nginx('one')->log,
    qr/limiting connections by zone "connections"/, 'by their number');
$slow->stop('KILL');

# Without MongoDB.  Both nodes fail and are left alone; then this machine's own
# is asked all the same, which has a copy, or says itself what is wrong.
is_deeply($t->tally(map { world(GET => $path, headers => [from()]) } 1 .. 6),
    { 200 => 6 }, 'a product that both have copies of');
$database->tell($_) for qw(down cut);
my (%read, %listed);
for (1 .. 3) {
    $listed{ world(GET => '/api/products', headers => [from()])->status }++;
    $listed{ service(GET => '/api/movements', as => 'till')->status }++;
    $read{ world(GET => $path, headers => [from()])->status }++;
}
is(join(' ', grep { $_ != 503 && $_ != 504 } keys %listed), '',
    'MongoDB is away: lists are 503 or 504');
is_deeply(\%read, { 200 => 3 }, 'and a copy is served');
unlike($gateway->nginx('one')->log, qr/no live upstreams/,
    'no node is left alone because of lists');
# Of products that have no copy.
my $away = sprintf '/api/products/%024x', 1;
$read{ world(GET => $away, headers => [from()])->status }++ for 1 .. 6;
is(join(' ', sort keys %read), '200 503', 'but because of products');
$r = world(GET => $away, headers => [from()]);
refused($r, 503, 'unavailable', 'as the node says it');
like($gateway->nginx('one')->log, qr/no live upstreams/,
    'also while no node is taken for alive');
$r = world(GET => '/api/products', headers => [from()]);
refused($r, 503, 'unavailable', 'a list, too');
like($r->header('Retry-After'), qr/^\d+$/, 'and when to come again, once');
$database->tell('up');
ok(
    wait_until(
        sub {
            world(GET => '/api/products', headers => [from()])->status == 200;
        }
    ),
    'MongoDB is back'
);

# Without the other services.
my $others = $t->nginx('others');
$others->signal('QUIT');
$others->wait_end(10);
for my $place ('/users/me', '/payments/1') {
    $r = world(GET => $place, headers => [from()]);
    refused($r, 502, 'unavailable', "$place is away");
    is($r->header('Retry-After'), 1, 'for now');
}
$r = world(POST => "$path/purchase", headers => [ @{$customer}, from() ]);
refused($r, 503, 'unavailable', 'nobody can be asked who it is');
headers_are($r, 503, 'a service that is away');
is($r->header('Retry-After'), 1, 'for now');
$t->status_is(world(GET => $path), 200, 'products are read');

$t->books_ok($product);
$t->done;
