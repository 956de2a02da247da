# Bodies: strict JSON, media types, sizes, and ways of sending them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

my $t = Inv::Test->new->run;

sub send_body {
    my ($body, %opt) = @_;
    return $t->request(POST => '/api/products', body => $body, %opt);
}

# Malformed, with the byte at which it went wrong.
my $start = '{"name":"x","price":1';
my @malformed = (
    [ 'an open object', $start, length $start ],
    [ 'trailing bytes', "$start} x", length("$start} ") ],
    [ 'two values', '{}{}', 2 ],
    [ 'a trailing comma', "$start,}", length "$start," ],
    [ 'single quotes', "{'name':1}", 1 ],
    [ 'a bare word', '{"name":nope}', undef ],
    [ 'NaN', '{"price":NaN}', 9 ],
    [ 'a leading zero', '{"price":01}', undef ],
    [ 'a leading plus', '{"price":+1}', 9 ],
    [ 'no digit after the point', '{"price":1.}', undef ],
    [ 'hexadecimal', '{"price":0x1}', undef ],
    [ 'a comment', '{/* */}', 1 ],
    [ 'a form feed', "\f{}", 0 ],
    [ 'a byte order mark', "\xef\xbb\xbf{}", 0 ],
    [ 'a raw control character', "{\"name\":\"a\nb\"}", 10 ],
    [ 'a NUL escape', '{"name":"a\u0000"}', undef ],
    [ 'a NUL byte', "{\"name\":\"a\0\"}", 10 ],
    [ 'an unknown escape', '{"name":"\x41"}', undef ],
    [ 'a lone high surrogate', '{"name":"\ud83d"}', undef ],
    [ 'a lone low surrogate', '{"name":"\udc55"}', undef ],
    [ 'an overlong form', "{\"name\":\"\xc0\xaf\"}", 9 ],
    [ 'an encoded surrogate', "{\"name\":\"\xed\xa0\x80\"}", undef ],
    [ 'above U+10FFFF', "{\"name\":\"\xf4\x90\x80\x80\"}", undef ],
    [ 'half a character', "{\"name\":\"\xe2\x82\"}", undef ],
    [ 'Latin-1', "{\"name\":\"caf\xe9\"}", undef ],
    [ 'a repeated member', '{"name":"a","name":"b"}', undef ],
    [ 'a repeated member, escaped', '{"name":"a","\u006eame":"b"}', undef ],
    [ 'a repeated member of an inner object', '{"x":{"a":1,"a":1}}', undef ],
    [ 'depth 33', '[' x 33 . ']' x 33, 32 ],
    [ 'a million brackets', '[' x 1_000_000, 32 ],
    [ 'only spaces', '   ', undef ],
);
for my $case (@malformed) {
    my ($name, $body, $offset) = @{$case};
    my $r = send_body($body);
    $t->problem_is($r, 400, 'malformed-json', $name);
    my $told = ($r->json // {})->{offset};
    like($told // 'none', qr/^\d+$/, "$name: an offset");
    cmp_ok($told // -1, '<=', length $body, "$name: inside the body");
    is($told, $offset, "$name: at byte $offset") if defined $offset;
}

# Well-formed, so not malformed: what is wrong then is the content.
$t->problem_is(send_body($_->[1]), 422, 'invalid-request', $_->[0]) for (
    [ 'depth 32', '[' x 32 . ']' x 32 ],
    [ 'any exponent', '{"name":"x","price":1e999999999}' ],
    [ 'a long number', '{"name":"x","price":' . '9' x 5000 . '}' ],
    [ 'white space around', " \t\r\n{} \n" ],
);
my $r = send_body('{"name":"\ud83d\udc55 caf\u00e9 \"\\\\\/","price":1}');
$t->status_is($r, 201, 'escapes are read');
is($r->json->{name}, "\x{1F455} caf\x{e9} \"\\/", 'and mean their characters');

# Numbers that are integers
for my $five ('5', '5.0', '5e0', '50e-1', '0.5E+1') {
    $r = send_body(qq({"name":"x","price":1,"stock":$five}));
    is($r->number('stock'), '5', "$five is 5");
}
$t->pointers_are(send_body('{"name":"x","price":1,"stock":1.5}'),
    ['/stock'], '1.5 is no stock');
$t->pointers_are(send_body('{"name":"x","price":1,"stock":9007199254740992}'),
    ['/stock'], 'nor is 2^53');
$t->pointers_are(send_body('{"name":"x","price":1,"stock":"5"}'),
    ['/stock'], 'nor is a text');

# Media types
my $good = '{"name":"typed","price":1}';
$t->status_is(send_body($good, type => $_), 201, "Content-Type: $_") for (
    'application/json', 'application/json;charset=utf-8',
    'Application/JSON; Charset="UTF-8"',
);
for my $type ('text/plain', 'application/xml', '', 'application/jsonx',
    'application/json; charset=latin1', 'application/x-www-form-urlencoded',
    'application/merge-patch+json')
{
    $r = send_body($good, type => $type);
    $t->problem_is($r, 415, 'unsupported-media-type', "POST of '$type'");
    is($r->header('Accept-Post'), 'application/json', 'Accept-Post');
}
$r = send_body($good, headers => [ 'Content-Encoding' => 'gzip' ]);
$t->problem_is($r, 415, 'unsupported-media-type', 'a body in a coding');
is($r->header('Accept-Encoding'), 'identity', 'Accept-Encoding');
my $product = $t->create(stock => 5);
$r = $t->patch($t->path($product), {}, type => 'text/plain');
$t->problem_is($r, 415, 'unsupported-media-type', 'PATCH of text');
is(join(' ', sort split /,\s*/, $r->header('Accept-Patch') // ''),
    'application/json application/merge-patch+json', 'Accept-Patch');
$t->problem_is(
    $t->put($t->path($product), {}, type => 'application/merge-patch+json'),
    415, 'unsupported-media-type', 'PUT of a patch');

# No body
for my $case ([ POST => '/api/products' ], [ PUT => $t->path($product) ],
    [ PATCH => $t->path($product) ])
{
    my ($method, $path) = @{$case};
    $r = $t->request($method, $path, body => '');
    $t->problem_is($r, 400, 'malformed-json', "$method of an empty body");
    is($r->json->{offset}, 0, 'at byte 0');
    $r = $t->request($method, $path);
    ok($r->status == 400 || $r->status == 415, "$method without a body");
}

# Sizes: 1 MiB is taken, whichever way it comes; more is not.
my $limit = 1024 * 1024;
my $full = '{"name":"x","price":1}';
$full .= ' ' x ($limit - length $full);
my %way = (
    'with its length' => [],
    'chunked'         => [ chunked => 30_000 ],
    'chunked at once' => [ chunked => 2 * $limit ],
);
for my $way (sort keys %way) {
    $t->status_is(send_body($full, @{ $way{$way} }), 201, "1 MiB $way");
    $r = send_body("$full ", @{ $way{$way} });
    $t->problem_is($r, 413, 'payload-too-large', "a byte more $way");
}
$r = $t->request(POST => '/api/products', head_only => 1, body => '',
    headers => [ 'Content-Length' => 2_000_000_000 ]);
ok($r->status == 413 || $r->status == 400, 'a huge length is not waited for');

# Expect: 100-continue
my $connection = Inv::HTTP::Connection->new($t->port);
$connection->write(request_text(POST => '/api/products',
    body => $good, head_only => 1, headers => [ Expect => '100-continue' ]));
is($connection->response(interim => 1)->status, 100, '100 Continue');
$connection->write($good);
$t->status_is($connection->response, 201, 'then 201');

$connection = Inv::HTTP::Connection->new($t->port);
$connection->write(request_text(POST => '/api/products',
    body => "$full ", head_only => 1, headers => [ Expect => '100-continue' ]));
$t->problem_is($connection->response, 413, 'payload-too-large',
    'too large, said before it is sent');

# In pieces, and then another request on the same connection.
$connection = Inv::HTTP::Connection->new($t->port);
my $text = request_text(POST => '/api/products', body => $good, keepalive => 1);
for my $piece ($text =~ /.{1,17}/sg) {
    $connection->write($piece);
    select undef, undef, undef, 0.002;
}
$t->status_is($connection->response, 201, 'in pieces');
$connection->write(request_text(POST => '/api/products', body => '{',
    keepalive => 1));
$t->problem_is($connection->response, 400, 'malformed-json', 'then a bad one');
$connection->write(request_text(GET => $t->path($product)));
$t->status_is($connection->response, 200, 'then a good one');

# A body where none is wanted is passed over.
$t->status_is($t->request(GET => $t->path($product), body => $good), 200,
    'GET with a body');

$t->done;
