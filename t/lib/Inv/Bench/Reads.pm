package Inv::Bench::Reads;

# Reads of one product, against what nginx itself answers: `return` of the same
# bytes, bare and with the same headers, by the same nginx.

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

use Inv::Bench::Load qw(wrk client);
use Inv::Process     qw(wait_until);

our @EXPORT_OK = qw(plain_locations read_targets check_plain);

# Headers that nginx gives by itself; to a 304 of its own it adds two.
my %OWN = map { $_ => 1 } qw(server date connection content-type content-length);

# What is read: the name of the row, the nginx that is asked, how, and the
# locations whose answers it is compared with.
my @READS = (
    {   name  => 'GET, local copy',
        from  => 'local',
        plain => [ '/plain', '/plain-headers' ],
    },
    {   name  => 'GET from Redis',
        from  => 'redis',
        plain => [ '/plain', '/plain-headers' ],
    },
    {   name   => '304, local copy',
        from   => 'local',
        status => 304,
        plain  => [ '/plain-304', '/plain-304-headers' ],
    },
    {   name   => 'HEAD, local copy',
        from   => 'local',
        method => 'HEAD',
        plain  => [ '/plain', '/plain-headers' ],
    },
);

# The locations, made of answers of the module.
sub plain_locations {
    my ($t, $product) = @_;
    my $path = $t->path($product);
    $t->get($path);
    my $whole = $t->get($path);
    my $same = $t->get($path, headers => [ 'If-None-Match' => etag($whole) ]);
    my $text = $whole->body =~ s/([\\'\$])/\\$1/gr;
    return join "\n", location('/plain', "return 200 '$text'"),
        location('/plain-headers', "return 200 '$text'", $whole),
        location('/plain-304', 'return 304'),
        location('/plain-304-headers', 'return 304', $same);
}

sub etag { my ($r) = @_; return $r->header('ETag') }

sub location {
    my ($path, $return, $like) = @_;
    my @headers = map {"        add_header $_;"} $like ? headers($like) : ();
    return join "\n", "    location = $path {",
        '        default_type application/json;', @headers,
        "        $return;", '    }';
}

# Those of an answer that nginx would not give by itself; a trace id is a new
# one each time.
sub headers {
    my ($r) = @_;
    return map {
        my ($name, $value) = @{$_};
        $name eq 'Trace-Id' ? "$name \$request_id" : "$name '$value'"
    } grep { !$OWN{ lc $_->[0] } } @{ $r->{headers} };
}

# The plain locations answer what the module does: the same bytes, and where
# they should, the same headers.
sub check_plain {
    my ($t, $product, $nginx) = @_;
    my @asked = ([], [ headers => [ 'If-None-Match' => '"1"' ] ]);
    for my $of ([ '/plain', 200, @{ $asked[0] } ],
        [ '/plain-304', 304, @{ $asked[1] } ])
    {
        my ($at, $status, @opt) = @{$of};
        my @r = map { $t->get($_, port => $nginx->{port}, @opt) }
            $t->path($product), "$at-headers", $at;
        is(join(' ', map { $_->status } @r), "$status $status $status",
            "$at: the status");
        is($r[$_]->body, $r[0]->body, "$at: the bytes") for 1, 2;
        is(names($r[1]), names($r[0]), "$at: the headers");
    }
    return;
}

sub names {
    my ($r) = @_;
    return join ' ', sort grep { !$OWN{$_} }
        map { lc $_->[0] } @{ $r->{headers} };
}

# What is measured, as Inv::Bench::Table has it.  get: how to ask (t, product,
# seconds, lua: wrk's script, nginx: of a name and a number of workers).
sub read_targets {
    my (%get) = @_;
    my (@targets, %plain);
    for my $read (@READS) {
        my @base;
        for my $path (@{ $read->{plain} }) {
            my $name = join ' ', $read->{method} // 'GET', $path;
            push @base, $name;
            push @targets,
                {   name   => $name,
                    hidden => 1,
                    run    => sub { ask(\%get, $read, 'local', $path, @_) }
                } if !$plain{$name}++;
        }
        push @targets,
            {   name => $read->{name},
                base => \@base,
                run  => sub { ask(\%get, $read, $read->{from}, undef, @_) }
            };
    }
    return @targets;
}

# One run; without a path it is the product's.
sub ask {
    my ($get, $read, $from, $path, $workers, $connections) = @_;
    my $t      = $get->{t};
    my $nginx  = $get->{nginx}->($from, $workers);
    my $method = $read->{method} // 'GET';
    my @headers = $read->{status} ? ('If-None-Match: "1"') : ();
    if (!$path) {
        $path = $t->path($get->{product});
        warm($t, $nginx, $path, $from);
    }
    my %run = (
        nginx       => $nginx,
        connections => $connections,
        seconds     => $get->{seconds},
    );
    my $result
        = $method eq 'HEAD'
        ? client(%run, order => 'random',
            file => $t->write_file('head', "HEAD $path\n"))
        : wrk(%run, path => $path, headers => \@headers, lua => $get->{lua});
    is($result->{status} + $result->{broken},
        0, "$method $path at $connections: every answer is good");
    cmp_ok($result->{requests}, '>', 0, 'and there are some');
    return $result;
}

sub warm {
    my ($t, $nginx, $path, $from) = @_;
    return wait_until(
        sub {
            my $r = $t->get($path, port => $nginx->{port});
            return ($r->header('Cache-Status') // '') =~ /detail=$from/;
        }
    ) || die "no copy is used: $from\n";
}

1;
