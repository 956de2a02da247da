# One trace for a request, wherever nginx takes it: variables of it in every
# location, in subrequests and after internal redirects; what servers behind
# this one are told; and all other variables at any time.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::AccessLog;
use Inv::Test;

my $t = Inv::Test->new;
my $log = Inv::AccessLog->new($t->dir . '/access.json');
my $behind = Inv::AccessLog->new($t->dir . '/behind.json');

my @names = qw(trace_id span_id parent_id traceparent tracestate timestamp level
    path route user queue_time mongo_time redis_time batch cache idempotency
    error);
my $everything = join '|', map {"\$inventory_$_"} @names;

$t->run(
    http => Inv::AccessLog::format() . <<'EOT',
    access_log %%DIR%%/access.json inventory;
    limit_req_zone $inventory_route zone=routes:1m rate=1r/m;

    map "$inventory_cache$inventory_error$inventory_mongo_time" $early {
        default "something";
        ""      "nothing";
    }

    server {
        listen 127.0.0.1:%%PORT_behind%%;
        access_log %%DIR%%/behind.json inventory;
        location / { return 200 "$http_traceparent $http_tracestate"; }
        location /refuses { return 403; }
    }
EOT
    server    => <<'EOT',
        proxy_set_header traceparent $inventory_traceparent;
        proxy_set_header tracestate  $inventory_tracestate;
        proxy_set_header Connection  "";
        proxy_http_version 1.1;
        error_page 400 /bad;
        client_max_body_size 8m;
EOT
    locations => <<"EOT");
        location /api/ { inventory_api; }
        location /health { inventory_health; }
        location /proxied/ { proxy_pass http://127.0.0.1:%%PORT_behind%%/; }
        location /ids {
            return 200 "\$inventory_trace_id \$inventory_span_id \$inventory_parent_id";
        }
        location /everything { return 200 "$everything"; }
        location /rewritten { rewrite ^ /proxied/x last; }
        location /errors { error_page 404 = /proxied/y; return 404; }
        location /named { error_page 418 = \@named; return 418; }
        location \@named { return 200 "\$inventory_trace_id"; }
        location /checked/ {
            inventory_api;
            auth_request /auth;
            auth_request_set \$checked \$inventory_trace_id;
            add_header Checked \$checked always;
        }
        location /refused/ { inventory_api; auth_request /auth_refuses; }
        location = /auth { internal; proxy_pass http://127.0.0.1:%%PORT_behind%%; }
        location = /auth_refuses {
            internal;
            proxy_pass http://127.0.0.1:%%PORT_behind%%/refuses;
        }
        location /mirrored/ { inventory_api; mirror /mirror; }
        location = /mirror { internal; proxy_pass http://127.0.0.1:%%PORT_behind%%; }
        location /fallback/ {
            inventory_api;
            error_page 403 = /proxied/fallback;
            deny all;
        }
        location /large/ {
            inventory_api;
            error_page 413 = /ids;
        }
        location /early/ {
            inventory_api;
            set \$before "\$early\$inventory_batch\$inventory_level";
            add_header Before \$before always;
            add_header After "\$inventory_cache/\$inventory_error/\$inventory_mongo_time" always;
            if (\$inventory_error) { return 500; }
        }
        location /limited/ { inventory_api; limit_req zone=routes; }
        location = /bad { internal; return 400 "bad \$inventory_trace_id"; }
EOT

my $product = $t->create(stock => 10);
my $id = $product->{id};
my $span = '00f067aa0ba902b7';

sub traced {
    my ($path, %opt) = @_;
    my ($trace, @header) = Inv::AccessLog::trace();
    my $r = $t->request($opt{method} // 'GET', $path,
        exists $opt{body} ? (body => $opt{body}) : (),
        headers => [ @header, @{ $opt{headers} // [] } ]);
    return ($trace, $r);
}

# In a location that is not ours.
my ($trace, $r) = traced('/ids');
my ($seen, $own, $parent) = split / /, $r->body;
is($seen, $trace, 'continued');
is($parent, $span, 'its parent');
like($own, qr/^[0-9a-f]{16}$/, 'a span of its own');
isnt($own, $span, 'which is not the parent');
is($log->of($trace)->{spanId}, $own, 'the same in the log');
my @ids = split / /, $t->get('/ids')->body, -1;
like($ids[0], qr/^[0-9a-f]{32}$/, 'without one: a new trace');
is($ids[2], '', 'without a parent');
$r = $t->get('/ids', headers => [ traceparent => '00-' . '0' x 32 . "-$span-01" ]);
like($r->body, qr/^(?!0{32})[0-9a-f]{32} \w{16} $/, 'a bad one is replaced');

# What a server behind this one is told.
($trace, $r) = traced('/proxied/x',
    headers => [ tracestate => 'a=1', tracestate => 'b=2' ]);
my ($told, $state) = split / /, $r->body, 2;
my ($version, $of, $from, $flags) = split /-/, $told;
is("$version $of $flags", "00 $trace 01", 'proxy_pass: the same trace');
is($log->of($trace)->{spanId}, $from, 'from this span');
is($behind->of($trace)->{parentId}, $from, 'which is the parent there');
isnt($behind->of($trace)->{spanId}, $from, 'where another one begins');
is($state, 'a=1, b=2', 'the state of the trace goes along');
$r = $t->get('/proxied/x', headers => [ traceparent => 'x', tracestate => 'a=1' ]);
like($r->body, qr/^00-[0-9a-f]{32}-[0-9a-f]{16}-00 $/,
    'a new trace: with no state of another one');

# Redirects inside.
for my $path ('/rewritten', '/errors', "/fallback/products/" . 'a' x 24) {
    ($trace, $r) = traced($path);
    ($told) = split / /, $r->body;
    my ($line) = $log->of($trace);
    is($told, "00-$trace-$line->{spanId}-01", "$path: one trace and span");
}
is($log->of($trace)->{route}, '', 'no handler of ours has had it');
($trace, $r) = traced('/large/products', method => 'POST',
    body => ' ' x 1_100_000);
like($r->body, qr/^$trace /, 'after a handler: the same trace');
is($log->of($trace)->{route}, '/large/products', 'and its route');
($trace, $r) = traced('/named');
is($r->body, $trace, 'a named location');

# Subrequests.
($trace, $r) = traced("/checked/products/$id");
is($r->status, 200, 'auth_request');
is($r->header('Checked'), $trace, 'the same trace there');
my ($line) = $log->of($trace);
is($behind->of($trace)->{parentId}, $line->{spanId}, 'told to who is asked');
is($line->{route}, '/checked/products/{id}', 'the route is the main one\'s');
($trace, $r) = traced("/refused/products/$id");
$t->problem_is($r, 403, 'forbidden', 'refused by auth_request');
$line = $log->of($trace);
is("$line->{route} $line->{error}", '/refused/products/{id} forbidden',
    'its route and error');
($trace, $r) = traced("/mirrored/products/$id");
is($r->status, 200, 'mirror');
is($behind->of($trace)->{parentId}, $log->of($trace)->{spanId}, 'told as well');

# The other variables, early and where there is nothing.
my %value;
@value{@names} = split /\|/, $t->get('/everything?a=b')->body, -1;
like(delete $value{timestamp}, qr/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/, 'a time');
like(delete $value{traceparent}, qr/^00-\w{32}-\w{16}-00$/, 'a context');
delete @value{qw(trace_id span_id)};
is(join(' ', map {"$_=$value{$_}"} grep { length $value{$_} } sort keys %value),
    'level=info path=/everything', 'nothing else');
($trace, $r) = traced("/early/products/$id");
is($r->header('Before'), 'nothinginfo', 'before the handler: nothing');
is($r->header('After'), 'local//', 'with the answer: where it came from');
($trace, $r) = traced('/early/products/' . 'b' x 24);
like($r->header('After'), qr{^miss/not-found/\d\.\d{3}$}, 'and what was wrong');
traced("/limited/products/$id");
my ($limited, $refused) = traced("/limited/products/$id");
is($refused->status, 503, 'limited by the route');
is($log->of($limited)->{route}, '/limited/products/{id}', 'which is logged');
is(traced("/limited/products/$id", method => 'HEAD') && $t->get('/limited/products')
        ->status, 200, 'another route is another key');

# Requests that nginx cannot read: a trace all the same.
my $client = Inv::HTTP::Connection->new($t->port);
$client->write("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\ntraceparent: "
        . '00-' . 'c' x 32 . "-$span-01\r\n\r\n");
$r = $client->response;
is($r->status, 400, 'two hosts');
like($r->body, qr/^bad [0-9a-f]{32}$/, 'a trace');
$client = Inv::HTTP::Connection->new($t->port);
$client->write("\x01\x02garbage\r\n\r\n");
like($client->response->body, qr/^bad [0-9a-f]{32}$/, 'garbage, too');

is(scalar(my @bad = ($log->bad, $behind->bad)), 0, 'every line is JSON');
$t->done;
