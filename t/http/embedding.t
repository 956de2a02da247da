# The module among others of nginx: access, subrequests, proxies, prefixes, protocols.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new;
$t->write_file(users => "alice:{PLAIN}secret\n");
mkdir $t->dir . '/html';
$t->write_file('html/nothing.html', 'no such page');
my $locations = <<'EOT';
        root %%DIR%%/html;
        location /api/ { inventory_api; }
        location /shop { inventory_api; }
        location /deep/er/path/ { inventory_api; }
        location "/a b%?#\"<>/" { inventory_api; }
        location /reading/ {
            inventory_api;
            limit_except GET { deny all; }
        }
        location /login/ {
            inventory_api;
            auth_basic "the shop";
            auth_basic_user_file %%DIR%%/users;
        }
        location /asked/ { inventory_api; auth_request /allowed; }
        location = /allowed {
            internal;
            if ($http_x_pass != "yes") { return 403; }
            return 204;
        }
        location /guarded/ {
            auth_request /api/products/PRODUCT;
            root %%DIR%%/html;
            try_files /nothing.html =404;
        }
        location /mirrored/ { inventory_api; mirror /mirror; }
        location = /mirror {
            internal;
            proxy_pass http://127.0.0.1:%%PORT%%/api/products/PRODUCT/purchase;
        }
        location = /page.html { ssi on; default_type text/html; }
        location /via/ { proxy_pass http://127.0.0.1:%%PORT%%/api/; }
        location /zipped/ {
            inventory_api;
            gzip on;
            gzip_types application/json;
            gzip_min_length 1;
        }
        location /old/ { error_page 404 = /api/products/PRODUCT; return 404; }
        location /rewritten/ { rewrite ^/rewritten/(.*)$ /api/$1 last; }
        location /health { inventory_health; }
EOT
my $configure = sub {
    my ($id) = @_;
    (my $text = $t->config(locations => $locations)) =~ s/PRODUCT/$id/g;
    return $t->nginx->write_config($text);
};
$configure->('0' x 24)->start;
my $product = $t->create(name => 'Embedded', stock => 1000);
my $id = $product->{id};
$t->write_file('html/page.html',
    "before <!--# include virtual=\"/api/products/$id\" --> between "
        . '<!--# include virtual="/api/products/' . '0' x 24 . '" --> after');
$configure->($id);
ok($t->nginx->reload, 'configured');

# Prefixes
for my $prefix ('/api', '/shop', '/deep/er/path') {
    my $r = $t->post("$prefix/products", { name => 'x', price => 1 });
    $t->status_is($r, 201, "POST $prefix/products");
    like($r->header('Location'),
        qr{^(?:http://[^/]*)?\Q$prefix\E/products/[0-9a-f]{24}$},
        'Location has the prefix');
    $t->status_is($t->get("$prefix/products/$id"), 200, "GET below $prefix");
}

# A prefix that a URI cannot hold as it is: links are encoded, and lead there.
my $encoded = '/a%20b%25%3F%23%22%3C%3E';
my @linked;
for my $name ('one', 'two') {
    my $r = $t->post("$encoded/products", { name => $name, price => 1, category => 'encoded' });
    $t->status_is($r, 201, 'POST below an encoded prefix');
    push @linked, uri_path($r->header('Location'), 'Location');
    is($t->get($linked[-1])->json->{name}, $name, 'Location leads to it');
}
my $page = $t->get("$encoded/products?category=encoded&sort=name&limit=1");
is($page->json->{items}[0]{name}, 'one', 'a list below an encoded prefix');
my ($next) = ($page->header('Link') // '') =~ /^<([^>]*)>; rel="next"$/;
$page = $t->get(uri_path($next, 'Link'));
$t->status_is($page, 200, 'Link leads to a page');
is(($page->json->{items} // [])->[0]{name}, 'two', 'the next one');

# The path and query of a link that has to be a URI reference of RFC 3986.
sub uri_path {
    my ($link, $what) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $link //= '';
    my $path = $link =~ s{^http://[^/]*}{}r;
    my $character = qr{[A-Za-z0-9._~!\$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2}};
    like($path, qr{^/(?:$character)*(?:\?(?:$character|\?)*)?$}, "$what is a URI");
    return $path;
}
$t->problem_is($t->get($_), 404, 'not-found', $_)
    for ('/shopping/products', '/shop', '/shop/', '/api/', '/shopproducts',
    '/shop/products/');
$t->status_is($t->get('/api//products'), 200, 'merged slashes');
$t->status_is($t->get('/api/x/../products'), 200, 'dots');
$t->status_is($t->get("/rewritten/products/$id"), 200, 'a rewritten path');

# Access
$t->status_is($t->get("/reading/products/$id"), 200, 'limit_except: GET');
$t->problem_is($t->delete("/reading/products/$id"), 403, 'forbidden',
    'limit_except: DELETE');
$t->status_is(
    $t->post("/login/products/$id/purchase", { quantity => 1 },
        headers => [ Authorization => 'Basic YWxpY2U6c2VjcmV0' ]),
    200, 'auth_basic: a purchase with a password');
$t->problem_is($t->post("/login/products/$id/purchase", { quantity => 1 }),
    401, 'unauthorized', 'and without');
$t->status_is(
    $t->post("/asked/products/$id/purchase", { quantity => 1 },
        headers => [ 'X-Pass' => 'yes' ]),
    200, 'auth_request: yes');
$t->problem_is($t->post("/asked/products/$id/purchase", { quantity => 1 }),
    403, 'forbidden', 'auth_request: no');
is($t->get("/api/products/$id")->json->{stock}, 998, 'two were let in');

# Subrequests
my $r = $t->get('/guarded/x');
is($r->body, 'no such page', 'a product as an auth_request');
$r = $t->get('/page.html');
$t->status_is($r, 200, 'SSI');
like($r->body, qr/^before \{"id":"$id".*\} between .*not-found.* after$/s,
    'with a product and a problem in it');
sub without_traces { my ($text) = @_; return $text =~ s/"traceId":"\w+"//gr }
for (1 .. 3) {
    is(without_traces($t->get('/page.html')->body),
        without_traces($r->body), 'again the same');
}
my $before = $t->get("/api/products/$id")->json->{stock};
$t->status_is(
    $t->post("/mirrored/products/$id/purchase", { quantity => 2 }),
    200, 'a mirrored purchase');
ok(
    wait_until(
        sub { $t->get("/api/products/$id")->json->{stock} == $before - 4 }
    ),
    'is made twice, as nginx was told to'
);
$t->books_ok($product);
$r = $t->get('/old/anything');
$t->status_is($r, 200, 'an internal redirect');
is($r->json->{id}, $id, 'to a product');

# Behind a proxy
$r = $t->get("/via/products/$id");
is($r->json->{id}, $id, 'GET through a proxy');
my $tag = $r->header('ETag');
$t->status_is(
    $t->get("/via/products/$id", headers => [ 'If-None-Match' => $tag ]),
    304, '304 through a proxy');
$t->status_is($t->head("/via/products/$id"), 200, 'HEAD through a proxy');
$t->status_is($t->post("/via/products/$id/purchase", { quantity => 1 }),
    200, 'POST through a proxy');
$t->problem_is($t->get('/via/nothing'), 404, 'not-found', 'a problem, too');

# Compression weakens the tag; it is taken all the same.
$r = $t->get("/zipped/products/$id", headers => [ 'Accept-Encoding' => 'gzip' ]);
is($r->header('Content-Encoding'), 'gzip', 'compressed');
like($r->header('ETag'), qr{^W/"\d+"$}, 'with a weak tag');
$t->status_is(
    $t->patch("/zipped/products/$id", { category => 'zipped' },
        headers => [ 'If-Match' => $r->header('ETag') ]),
    200, 'that If-Match takes');

# Ranges are not offered, or right.
$r = $t->get("/api/products/$id", headers => [ Range => 'bytes=0-9' ]);
ok($r->status == 200 || $r->status == 206 && length $r->body == 10, 'a range');

# HTTP/1.0
$r = $t->request(GET => "/api/products/$id", version => '1.0');
$t->status_is($r, 200, 'HTTP/1.0');
is(($r->json // {})->{id}, $id, 'whole');
my $connection = Inv::HTTP::Connection->new($t->port);
$connection->write("GET /api/products/$id HTTP/1.0\r\n\r\n");
$t->status_is($connection->response, 200, 'HTTP/1.0 without Host');
ok($connection->closed, 'and closed');

# Pipelining: answers in the order of the requests.
my $victim = $t->create(stock => 3);
my $path = $t->path($victim);
my @pipeline = (
    [ GET    => $path, 200 ],
    [ POST   => "$path/purchase", 200, body => '{"quantity":2}' ],
    [ GET    => $path, 200 ],
    [ HEAD   => $path, 200 ],
    [ POST   => "$path/purchase", 409, body => '{"quantity":2}' ],
    [ GET    => '/api/nothing', 404 ],
    [ PATCH  => $path, 200, body => '{"name":"piped"}', chunked => 5 ],
    [ GET    => $path, 200, body => '{"ignored":true}' ],
    [ DELETE => $path, 204 ],
    [ GET    => $path, 404 ],
    [ GET    => '/health/live', 200 ],
);
$connection = Inv::HTTP::Connection->new($t->port);
$connection->write(
    join '',
    map {
        my ($method, $where, undef, %opt) = @{$_};
        request_text($method, $where, keepalive => 1, %opt)
    } @pipeline
);
for my $request (@pipeline) {
    my ($method, $where, $status) = @{$request};
    $r = $connection->response(method => $method) or last;
    $t->status_is($r, $status, "pipelined: $method");
    is($r->json->{stock}, 1, 'after the purchase')
        if $request == $pipeline[2];
    is($r->json->{name}, 'piped', 'after the patch')
        if $request == $pipeline[7];
}
$t->books_ok($product);

$t->done;
