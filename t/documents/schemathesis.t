# schemathesis draws requests from the document, as inventory_docs serves it,
# right ones and wrong ones, alone and in a row, and holds the service's answers
# against it.  What it leaves out is said, with the reason, in
# programs/schemathesis.toml and programs/hooks.py.
#
# API_FUZZ_SEED: where it begins; API_FUZZ_SECONDS: for as long, and not for a
# fixed number of requests.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use Inv::OpenAPI;
use Inv::Test;

# Requests of each operation that are drawn: what takes less than a minute.
my $EXAMPLES = 20;

my %dir = Inv::OpenAPI::programs();
my $programs = "$FindBin::Bin/programs";
my $seed = $ENV{API_FUZZ_SEED} || 1;
my $seconds = $ENV{API_FUZZ_SECONDS} || 0;

# The lines that nginx's own refusals need, as they are shipped.
my $shipped = Inv::OpenAPI::slurp("$programs/../../../conf/nginx.conf");
my ($errors) = $shipped =~ /^(\h*error_page\ 400\b.*)\n\h*\}\n\}/msx
    or die "conf/nginx.conf has no error_page 400\n";

my $t = Inv::Test->new;
$t->run(server => $errors, locations => <<'EOT');
        location /api/ { inventory_api; inventory_admin on; }
        location /health { inventory_health; }
        location /docs/ { inventory_docs; }
EOT
ok(wait_until(sub { $t->get('/health/ready')->json->{status} eq 'ok' }),
    'the service is ready');

# (status, output) of a run.
sub run {
    my ($document, @options) = @_;
    my $pid = open my $out, '-|';
    die "fork: $!\n" if !defined $pid;
    if (!$pid) {
        open STDERR, '>&', \*STDOUT or die;
        chdir $t->dir or die;
        $ENV{SCHEMATHESIS_HOOKS} = "$programs/hooks.py";
        $ENV{PYTHONDONTWRITEBYTECODE} = 1;
        delete @ENV{qw(http_proxy HTTP_PROXY all_proxy ALL_PROXY)};
        exec "$dir{DOCUMENTS_PYTHON}/bin/schemathesis", '--config-file',
            "$programs/schemathesis.toml", 'run', $document, '--seed', $seed,
            @options
            or die;
    }
    local $/ = undef;
    my $text = <$out>;
    close $out;
    return ($? >> 8, $text);
}

# Nothing found, and something looked at.
sub finds_nothing {
    my ($name, @rest) = @_;
    my ($status, $text) = run(@rest);
    my ($cases) = $text =~ /(\d+) generated, \g1 passed/;
    is($status, 0, "$name: nothing found");
    if ($status) {
        my ($failures) = $text =~ /^=+ FAILURES =+\n(.*)/ms;
        diag(substr $failures // $text, 0, 20_000);
    }
    cmp_ok($cases // 0, '>=', 10, "$name: requests were made");
    note $text =~ /(^=+ SUMMARY =+\n.*)/ms ? $1 : $text;
    return;
}

my $address = 'http://127.0.0.1:' . $t->port;
my $document = "$address/docs/openapi.json";
my @api = ('--url', "$address/api", '--exclude-path-regex', '^/health');

finds_nothing('the API', $document, @api,
    $seconds ? ('--max-time', $seconds) : ('--max-examples', $EXAMPLES));
finds_nothing('the health location', $document, '--url', $address,
    '--include-path-regex', '^/health', '--max-examples', 5,
    '--phases', 'examples,coverage,fuzzing');

# A document that says something else is found out.
sub found_out {
    my ($name, $change, @options) = @_;
    my $wrong = Inv::OpenAPI::document();
    $change->($wrong);
    my $file = $t->write_file('wrong.json',
        JSON::PP->new->utf8->canonical->encode($wrong));
    my ($status, $text) = run($file, @api, @options);
    is($status, 1, "$name: found out");
    like($text, qr/FAILURES/, 'and told') or diag $text;
    return;
}
found_out(
    'a member of another type',
    sub { $_[0]{components}{schemas}{Product}{properties}{id}{type} = 'integer' },
    qw(--phases examples --include-operation-id createProduct)
);
found_out(
    'names that may be longer',
    sub {
        my $schemas = $_[0]{components}{schemas};
        $schemas->{ProductWrite}{properties}{name}{maxLength} = 201;
    },
    qw(--phases coverage --include-operation-id createProduct)
);
found_out(
    'a status that is not documented',
    sub { delete $_[0]{paths}{'/products/{id}'}{get}{responses}{404} },
    qw(--phases coverage --include-operation-id getProduct)
);

$t->done;
